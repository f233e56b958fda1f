//! Which calibration table was applied to which measurement set, and what science data wait for.

use migration_support::prelude::*;
use sea_orm_migration::prelude::ForeignKeyAction;

creates!(calibration_applied, calibration_fence);

fn calibration_applied() -> Table {
    Table::new("calibration_applied")
        .column(pk("id"))
        .column(text("ms_path").not_null())
        .column(text("caltable_path").not_null())
        .column(real("applied_at").not_null())
        .column(real("quality"))
        .column(flag("success").default(true))
        .column(text("error_message"))
        .foreign_key("caltable_path", "caltables", "path")
        .on_delete(ForeignKeyAction::Cascade)
        .index("idx_cal_applied_ms", ["ms_path"])
}

fn calibration_fence() -> Table {
    Table::new("calibration_fence")
        .column(pk("id"))
        .column(text("calibrator_ms").not_null())
        .column(real("started_at").not_null())
        .column(real("completed_at"))
        .column(text("status").not_null().default("in_progress"))
        .column(text("set_name"))
        .index("idx_fence_status", ["status"])
}
