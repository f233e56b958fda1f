//! The processing pipeline: preprocessing, differencing, candidates and the work queue.

use migration_support::prelude::*;
use sea_orm_migration::prelude::ForeignKeyAction;

use crate::row::{id, instants};

const RUN_STATUS: &[&str] = &["pending", "running", "completed", "failed"];
const CANDIDATE_STATUS: &[&str] = &["pending", "processing", "detected", "rejected", "duplicate"];
const JOB_STATUS: &[&str] = &["pending", "running", "completed", "failed", "cancelled"];

/// When a run must say when it started and when it ended.
const RUN_STATE: &str = "(status <> 'running' OR started_at IS NOT NULL) \
    AND (status NOT IN ('completed', 'failed') OR completed_at IS NOT NULL)";
const ACTIVE: &str = "status IN ('pending', 'running')";

creates!(processing_jobs, preprocess_runs, difference_runs, candidates);

fn preprocess_runs() -> Table {
    Table::new("preprocess_runs")
        .column(id())
        .column(uuid("observation_id").not_null())
        .column(
            enumeration("status", "preprocess_run_status", RUN_STATUS)
                .not_null()
                .default("pending"),
        )
        .column(boolean("calibration_applied").not_null().default(false))
        .column(boolean("wcs_aligned").not_null().default(false))
        .column(decimal("registration_quality", 5, 3))
        .column(varchar("processed_fits_path", 500))
        .column(json("wcs_info"))
        .columns(course())
        .columns(instants())
        .foreign_key("observation_id", "observations", "id")
        .named("fk_preprocess_runs_observation")
        .on_delete(ForeignKeyAction::Restrict)
        .with(Index::new("uq_preprocess_runs_active", ["observation_id"]).unique().filter(ACTIVE))
        .index("idx_preprocess_runs_observation_id", ["observation_id", "created_at"])
        .index("idx_preprocess_runs_status", ["status", "created_at"])
        .check(
            "ck_preprocess_runs_quality",
            "registration_quality >= 0 AND registration_quality <= 1",
        )
        .check("ck_preprocess_runs_time", "processing_time_seconds >= 0")
        .check("ck_preprocess_runs_retry", "retry_count >= 0")
        .check("ck_preprocess_runs_state", RUN_STATE)
}

fn difference_runs() -> Table {
    Table::new("difference_runs")
        .column(id())
        .column(uuid("observation_id").not_null())
        .column(uuid("reference_observation_id"))
        .column(
            enumeration("status", "difference_run_status", RUN_STATUS)
                .not_null()
                .default("pending"),
        )
        .column(varchar("algorithm", 50).not_null().default("zogy"))
        .column(json("parameters"))
        .column(varchar("difference_image_path", 500))
        .column(varchar("significance_map_path", 500))
        .column(decimal("noise_level", 10, 6))
        .column(decimal("detection_threshold", 10, 6))
        .column(int("candidates_found").not_null().default(0))
        .columns(course())
        .columns(instants())
        .foreign_key("observation_id", "observations", "id")
        .named("fk_difference_runs_observation")
        .on_delete(ForeignKeyAction::Restrict)
        .foreign_key("reference_observation_id", "observations", "id")
        .named("fk_difference_runs_reference")
        .on_delete(ForeignKeyAction::Restrict)
        .with(Index::new("uq_difference_runs_active", ["observation_id"]).unique().filter(ACTIVE))
        .index("idx_difference_runs_observation_id", ["observation_id", "created_at"])
        .index("idx_difference_runs_reference_id", ["reference_observation_id"])
        .index("idx_difference_runs_status", ["status", "created_at"])
        .check("ck_difference_runs_algorithm", "algorithm IN ('zogy', 'classic', 'hotpants')")
        .check("ck_difference_runs_reference", "reference_observation_id <> observation_id")
        .check("ck_difference_runs_noise", "noise_level > 0")
        .check("ck_difference_runs_threshold", "detection_threshold > 0")
        .check("ck_difference_runs_found", "candidates_found >= 0")
        .check("ck_difference_runs_time", "processing_time_seconds >= 0")
        .check("ck_difference_runs_retry", "retry_count >= 0")
        .check("ck_difference_runs_state", RUN_STATE)
}

/// How a run goes.
fn course() -> [Column; 5] {
    [
        timestamp("started_at"),
        timestamp("completed_at"),
        int("processing_time_seconds"),
        text("error_message"),
        int("retry_count").not_null().default(0),
    ]
}

fn candidates() -> Table {
    Table::new("candidates")
        .column(id())
        .column(uuid("difference_run_id").not_null())
        .column(uuid("observation_id").not_null())
        .column(decimal("ra", 10, 7).not_null())
        .column(decimal("dec", 10, 7).not_null())
        .column(int("pixel_x").not_null())
        .column(int("pixel_y").not_null())
        .column(decimal("flux", 15, 6))
        .column(decimal("flux_error", 15, 6))
        .column(decimal("significance", 10, 3))
        .column(decimal("snr", 8, 3))
        .column(decimal("fwhm", 8, 3))
        .column(decimal("ellipticity", 5, 3))
        .column(decimal("position_angle", 6, 2))
        .column(boolean("is_saturated").not_null().default(false))
        .column(boolean("is_blended").not_null().default(false))
        .column(boolean("is_edge").not_null().default(false))
        .column(
            enumeration("status", "candidate_status", CANDIDATE_STATUS)
                .not_null()
                .default("pending"),
        )
        .columns(instants())
        .foreign_key("difference_run_id", "difference_runs", "id")
        .named("fk_candidates_difference_run")
        .on_delete(ForeignKeyAction::Restrict)
        .foreign_key("observation_id", "observations", "id")
        .named("fk_candidates_observation")
        .on_delete(ForeignKeyAction::Restrict)
        .with(
            Index::new("uq_candidates_run_pixel", ["difference_run_id", "pixel_x", "pixel_y"])
                .unique(),
        )
        .index("idx_candidates_ra_dec", ["ra", "dec"])
        .index("idx_candidates_significance", ["significance"])
        .index("idx_candidates_status", ["status", "created_at"])
        .index("idx_candidates_difference_run_id", ["difference_run_id", "significance"])
        .index("idx_candidates_observation_id", ["observation_id"])
        .check("ck_candidates_ra", "ra >= 0 AND ra <= 360")
        .check("ck_candidates_dec", "dec >= -90 AND dec <= 90")
        .check("ck_candidates_pixel", "pixel_x >= 0 AND pixel_y >= 0")
        .check("ck_candidates_flux_error", "flux_error >= 0")
        .check("ck_candidates_fwhm", "fwhm > 0")
        .check("ck_candidates_ellipticity", "ellipticity >= 0 AND ellipticity <= 1")
        .check("ck_candidates_position_angle", "position_angle >= 0 AND position_angle <= 360")
}

fn processing_jobs() -> Table {
    Table::new("processing_jobs")
        .column(id())
        .column(varchar("job_type", 50).not_null())
        .column(uuid("entity_id").not_null())
        .column(varchar("entity_type", 50).not_null())
        .column(enumeration("status", "processing_job_status", JOB_STATUS).not_null().default("pending"))
        .column(int("priority").not_null().default(0))
        .column(varchar("workflow_id", 100))
        .column(varchar("task_id", 100))
        .column(int("retry_count").not_null().default(0))
        .column(int("max_retries").not_null().default(3))
        .column(timestamp("scheduled_at").not_null().default("now"))
        .column(timestamp("started_at"))
        .column(timestamp("completed_at"))
        .column(text("error_message"))
        .column(json("error_details"))
        .column(varchar("claimed_by", 100))
        .column(uuid("claim_token"))
        .column(timestamp("heartbeat_at"))
        .column(timestamp("lease_expires_at"))
        .columns(instants())
        .with(
            Index::new("uq_processing_jobs_active", ["job_type", "entity_type", "entity_id"])
                .unique()
                .filter(ACTIVE),
        )
        .with(
            Index::new("idx_processing_jobs_claim", ["priority DESC", "scheduled_at", "created_at"])
                .filter("status = 'pending'"),
        )
        .with(
            Index::new("idx_processing_jobs_lease", ["lease_expires_at"]).filter("status = 'running'"),
        )
        .index("idx_processing_jobs_entity", ["entity_type", "entity_id"])
        .index("idx_processing_jobs_status", ["status", "created_at"])
        .index("idx_processing_jobs_workflow_id", ["workflow_id"])
        .check(
            "ck_processing_jobs_job_type",
            "job_type IN ('ingest', 'preprocess', 'difference', 'inference', 'validate', 'notify')",
        )
        .check(
            "ck_processing_jobs_entity_type",
            "entity_type IN ('survey', 'observation', 'preprocess_run', 'difference_run', \
             'model_run', 'detection', 'alert')",
        )
        .check(
            "ck_processing_jobs_retry",
            "retry_count >= 0 AND max_retries >= 0 AND max_retries <= 10 AND retry_count <= max_retries",
        )
        .check(
            "ck_processing_jobs_state",
            "(status = 'running') = (claimed_by IS NOT NULL AND claim_token IS NOT NULL \
             AND lease_expires_at IS NOT NULL)",
        )
        .check(
            "ck_processing_jobs_done",
            "status NOT IN ('completed', 'failed', 'cancelled') OR completed_at IS NOT NULL",
        )
}
