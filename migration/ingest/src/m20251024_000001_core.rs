//! The schema document's tables.

use migration_support::prelude::*;

creates!(ingest_queue, subband_files, performance_metrics);

fn ingest_queue() -> Table {
    Table::new("ingest_queue")
        .column(text("group_id").primary_key())
        .column(text("state").not_null())
        .column(real("received_at").not_null())
        .column(real("last_update").not_null())
        .column(int("expected_subbands").default(16))
        .column(flag("has_calibrator"))
        .column(text("calibrators"))
        .column(int("retry_count").default(0))
        .column(text("error_message"))
        .index("idx_ingest_state", ["state"])
        .index("idx_ingest_received", ["received_at"])
}

fn subband_files() -> Table {
    Table::new("subband_files")
        .column(pk("id"))
        .column(text("group_id").not_null())
        .column(int("subband_idx").not_null())
        .column(text("file_path").not_null())
        .column(bigint("file_size"))
        .column(real("discovered_at").not_null())
        .foreign_key("group_id", "ingest_queue", "group_id")
        .unique(["group_id", "subband_idx"])
        .index("idx_subband_group", ["group_id"])
}

fn performance_metrics() -> Table {
    Table::new("performance_metrics")
        .column(pk("id"))
        .column(text("group_id").not_null().unique())
        .column(text("writer_type"))
        .column(real("conversion_time"))
        .column(real("concat_time"))
        .column(real("k_solve_time"))
        .column(real("bp_solve_time"))
        .column(real("g_solve_time"))
        .column(real("imaging_time"))
        .column(real("photometry_time"))
        .column(real("total_time"))
        .column(real("recorded_at").not_null())
        .foreign_key("group_id", "ingest_queue", "group_id")
        .index("idx_perf_group", ["group_id"])
}
