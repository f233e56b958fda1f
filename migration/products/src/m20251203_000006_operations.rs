//! What the operation of the pipeline leaves behind.

use migration_support::prelude::*;

creates!(calibrator_transits, dead_letter_queue, storage_locations, hdf5_file_index);

fn calibrator_transits() -> Table {
    Table::new("calibrator_transits")
        .column(text("calibrator_name").not_null())
        .column(real("transit_mjd").not_null())
        .column(text("transit_iso").not_null())
        .column(flag("has_data").not_null().default(false))
        .column(text("group_id"))
        .column(text("group_mid_iso"))
        .column(real("delta_minutes"))
        .column(real("pb_response"))
        .column(flag("dec_match").not_null().default(false))
        .column(real("calculated_at").not_null())
        .column(real("updated_at").not_null())
        .primary_key(["calibrator_name", "transit_mjd"])
        .index("idx_calibrator_transits_calibrator", ["calibrator_name", "updated_at"])
        .index("idx_calibrator_transits_has_data", ["calibrator_name", "has_data", "transit_mjd"])
        .index("idx_calibrator_transits_mjd", ["transit_mjd"])
}

fn dead_letter_queue() -> Table {
    Table::new("dead_letter_queue")
        .column(pk("id"))
        .column(text("component").not_null())
        .column(text("operation").not_null())
        .column(text("error_type").not_null())
        .column(text("error_message"))
        .column(text("context_json"))
        .column(real("created_at").not_null())
        .column(int("retry_count").default(0))
        .column(text("status").default("pending"))
        .column(real("resolved_at"))
        .column(text("resolution_note"))
        .index("idx_dlq_status", ["status"])
        .index("idx_dlq_component", ["component"])
        .index("idx_dlq_created", ["created_at"])
}

fn storage_locations() -> Table {
    Table::new("storage_locations")
        .column(pk("id"))
        .column(text("location_type").not_null())
        .column(text("base_path").not_null())
        .column(text("description"))
        .column(real("registered_at").not_null())
        .column(text("status").default("active"))
        .column(text("notes"))
        .unique(["location_type", "base_path"])
        .index("idx_storage_locations_type", ["location_type", "status"])
}

fn hdf5_file_index() -> Table {
    Table::new("hdf5_file_index")
        .column(text("path").primary_key())
        .column(text("filename").not_null())
        .column(text("group_id").not_null())
        .column(text("subband_code").not_null())
        .column(text("timestamp_iso"))
        .column(real("timestamp_mjd"))
        .column(bigint("file_size_bytes"))
        .column(real("modified_time"))
        .column(real("indexed_at").not_null())
        .column(flag("stored").default(true))
        .index("idx_hdf5_group_id", ["group_id"])
        .index("idx_hdf5_timestamp_mjd", ["timestamp_mjd"])
        .index("idx_hdf5_group_subband", ["group_id", "subband_code"])
        .index("idx_hdf5_stored", ["stored"])
}
