//! Jobs, batches of jobs and the quality of what they made.

use migration_support::prelude::*;

creates!(jobs, batch_jobs, batch_job_items, calibration_qa, image_qa);

fn jobs() -> Table {
    Table::new("jobs")
        .column(pk("id"))
        .column(text("type").not_null())
        .column(text("status").not_null().default("pending"))
        .column(text("ms_path").not_null())
        .column(text("run_id"))
        .column(text("params"))
        .column(text("artifacts"))
        .column(text("logs"))
        .column(real("created_at").not_null())
        .column(real("started_at"))
        .column(real("finished_at"))
        .index("idx_jobs_status", ["status"])
        .index("idx_jobs_created", ["created_at DESC"])
        .index("idx_jobs_ms_path", ["ms_path"])
}

fn batch_jobs() -> Table {
    Table::new("batch_jobs")
        .column(pk("id"))
        .column(text("type").not_null())
        .column(real("created_at").not_null())
        .column(text("status").not_null())
        .column(int("total_items").not_null())
        .column(int("completed_items").default(0))
        .column(int("failed_items").default(0))
        .column(text("params"))
        .index("idx_batch_jobs_status", ["status"])
}

fn batch_job_items() -> Table {
    Table::new("batch_job_items")
        .column(pk("id"))
        .column(bigint("batch_id").not_null())
        .column(text("ms_path").not_null())
        .column(bigint("job_id"))
        .column(text("status").not_null())
        .column(text("error"))
        .column(real("started_at"))
        .column(real("completed_at"))
        .column(text("data_id"))
        .foreign_key("batch_id", "batch_jobs", "id")
        .index("idx_batch_items_batch_id", ["batch_id"])
        .index("idx_batch_items_ms_path", ["ms_path"])
}

fn calibration_qa() -> Table {
    Table::new("calibration_qa")
        .column(pk("id"))
        .column(text("ms_path").not_null())
        .column(bigint("job_id"))
        .column(text("k_metrics"))
        .column(text("bp_metrics"))
        .column(text("g_metrics"))
        .column(text("overall_quality"))
        .column(real("flags_total"))
        .column(text("per_spw_stats"))
        .column(real("timestamp"))
        .column(flag("passed"))
        .column(text("severity"))
        .column(text("overall_grade"))
        .column(int("n_warnings").default(0))
        .column(int("n_errors").default(0))
        .column(real("avg_flag_fraction"))
        .column(real("assessment_time_s"))
        .column(text("result_json"))
        .column(real("created_at"))
        .index("idx_cal_qa_ms_path", ["ms_path"])
        .index("idx_cal_qa_job", ["job_id"])
}

fn image_qa() -> Table {
    Table::new("image_qa")
        .column(pk("id"))
        .column(text("ms_path").not_null())
        .column(bigint("job_id").not_null())
        .column(text("image_path").not_null())
        .column(real("rms_noise"))
        .column(real("peak_flux"))
        .column(real("dynamic_range"))
        .column(real("beam_major"))
        .column(real("beam_minor"))
        .column(real("beam_pa"))
        .column(int("num_sources"))
        .column(text("thumbnail_path"))
        .column(text("overall_quality"))
        .column(real("timestamp").not_null())
        .index("idx_img_qa_ms_path", ["ms_path"])
        .index("idx_img_qa_job", ["job_id"])
}
