//! Mosaic groups, and the state machine of measurement sets.

use migration_support::prelude::*;

creates!(mosaic_groups, mosaic_ms_membership, ms_state, ms_state_transitions);

fn mosaic_groups() -> Table {
    Table::new("mosaic_groups")
        .column(text("group_id").primary_key())
        .column(text("mosaic_id"))
        .column(text("ms_paths").not_null())
        .column(text("calibration_ms_path"))
        .column(flag("bpcal_solved").default(false))
        .column(flag("gaincal_solved").default(false))
        .column(real("created_at").not_null())
        .column(real("calibrated_at"))
        .column(real("imaged_at"))
        .column(real("mosaicked_at"))
        .column(text("status").default("pending"))
        .column(text("mosaic_path"))
        .column(real("completed_at"))
        .column(text("error"))
        .column(text("stage"))
        .column(flag("cal_applied").default(false))
        .index("idx_mosaic_groups_status", ["status"])
        .index("idx_mosaic_groups_mosaic", ["mosaic_id"])
}

fn mosaic_ms_membership() -> Table {
    Table::new("mosaic_ms_membership")
        .column(text("ms_path").not_null())
        .column(text("mosaic_group_id").not_null())
        .column(int("position_in_group").not_null())
        .primary_key(["ms_path", "mosaic_group_id"])
        .index("idx_mosaic_ms_path", ["ms_path"])
}

fn ms_state() -> Table {
    Table::new("ms_state")
        .column(text("ms_path").primary_key())
        .column(text("current_state").not_null())
        .column(text("previous_state"))
        .column(real("transition_time").not_null())
        .column(int("retry_count").default(0))
        .column(text("error_message"))
        .column(text("checkpoint_data"))
        .column(real("created_at").not_null())
        .index("idx_ms_state_current", ["current_state"])
        .index("idx_ms_state_transition_time", ["transition_time"])
}

fn ms_state_transitions() -> Table {
    Table::new("ms_state_transitions")
        .column(pk("id"))
        .column(text("ms_path").not_null())
        .column(text("from_state").not_null())
        .column(text("to_state").not_null())
        .column(real("timestamp").not_null())
        .column(flag("success").not_null())
        .column(text("error_message"))
        .index("idx_ms_state_transitions_ms_path_timestamp", ["ms_path", "timestamp"])
}
