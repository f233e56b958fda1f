//! Machine learning: models, their runs and detections.

use migration_support::prelude::*;
use sea_orm_migration::prelude::ForeignKeyAction;

use crate::row::{id, instants};

const MODEL_TYPE: &[&str] = &["unet", "anomaly_detector", "classifier", "segmentation"];
const RUN_STATUS: &[&str] = &["pending", "running", "completed", "failed"];
const DETECTION_STATUS: &[&str] =
    &["pending", "validating", "validated", "rejected", "confirmed", "archived"];
const DETECTION_TYPE: &[&str] = &["supernova", "variable", "transient", "unknown", "artifact"];

creates!(models, model_runs, detections);

fn models() -> Table {
    Table::new("models")
        .column(id())
        .column(varchar("name", 100).not_null())
        .column(varchar("version", 50).not_null())
        .column(enumeration("model_type", "model_type", MODEL_TYPE).not_null())
        .column(json("architecture"))
        .column(json("hyperparameters"))
        .column(varchar("training_dataset", 200))
        .column(json("training_metrics"))
        .column(decimal("precision", 5, 4))
        .column(decimal("recall", 5, 4))
        .column(decimal("f1_score", 5, 4))
        .column(decimal("accuracy", 5, 4))
        .column(boolean("is_active").not_null().default(false))
        .column(timestamp("deployment_date"))
        .column(varchar("model_path", 500))
        .column(varchar("mlflow_run_id", 100))
        .columns(instants())
        .with(Index::new("idx_models_name_version", ["name", "version"]).unique())
        .with(Index::new("uq_models_active_name", ["name"]).unique().filter("is_active"))
        .index("idx_models_model_type", ["model_type"])
        .index("idx_models_is_active", ["is_active"])
        .check(
            "ck_models_scores",
            "\"precision\" >= 0 AND \"precision\" <= 1 AND recall >= 0 AND recall <= 1 \
             AND f1_score >= 0 AND f1_score <= 1 AND accuracy >= 0 AND accuracy <= 1",
        )
        .check("ck_models_active", "NOT is_active OR deployment_date IS NOT NULL")
}

fn model_runs() -> Table {
    Table::new("model_runs")
        .column(id())
        .column(uuid("model_id").not_null())
        .column(uuid("observation_id"))
        .column(varchar("input_image_path", 500))
        .column(varchar("output_mask_path", 500))
        .column(varchar("confidence_map_path", 500))
        .column(int("inference_time_ms"))
        .column(int("memory_usage_mb"))
        .column(int("total_predictions"))
        .column(int("high_confidence_predictions"))
        .column(enumeration("status", "model_run_status", RUN_STATUS).not_null().default("pending"))
        .column(timestamp("started_at"))
        .column(timestamp("completed_at"))
        .column(text("error_message"))
        .columns(instants())
        .foreign_key("model_id", "models", "id")
        .named("fk_model_runs_model")
        .on_delete(ForeignKeyAction::Restrict)
        .foreign_key("observation_id", "observations", "id")
        .named("fk_model_runs_observation")
        .on_delete(ForeignKeyAction::Restrict)
        .index("idx_model_runs_model_id", ["model_id", "created_at"])
        .index("idx_model_runs_observation_id", ["observation_id", "created_at"])
        .index("idx_model_runs_status", ["status", "created_at"])
        .check(
            "ck_model_runs_counts",
            "inference_time_ms >= 0 AND memory_usage_mb >= 0 AND total_predictions >= 0 \
             AND high_confidence_predictions >= 0 \
             AND high_confidence_predictions <= total_predictions",
        )
        .check(
            "ck_model_runs_state",
            "(status <> 'running' OR started_at IS NOT NULL) \
             AND (status NOT IN ('completed', 'failed') OR completed_at IS NOT NULL)",
        )
}

fn detections() -> Table {
    let promoted = "candidate_id IS NOT NULL";
    Table::new("detections")
        .column(id())
        .column(uuid("model_run_id").not_null())
        .column(uuid("observation_id").not_null())
        .column(uuid("candidate_id"))
        .column(decimal("ra", 10, 7).not_null())
        .column(decimal("dec", 10, 7).not_null())
        .column(int("pixel_x").not_null())
        .column(int("pixel_y").not_null())
        .column(decimal("confidence_score", 5, 4).not_null())
        .column(enumeration("detection_type", "detection_type", DETECTION_TYPE).not_null())
        .column(varchar("model_version", 50).not_null())
        .column(int("inference_time_ms"))
        .column(json("prediction_metadata"))
        .column(
            enumeration("status", "detection_status", DETECTION_STATUS)
                .not_null()
                .default("pending"),
        )
        .column(boolean("is_validated").not_null().default(false))
        .column(decimal("validation_confidence", 5, 4))
        .column(varchar("human_label", 50))
        .columns(instants())
        .foreign_key("model_run_id", "model_runs", "id")
        .named("fk_detections_model_run")
        .on_delete(ForeignKeyAction::Restrict)
        .foreign_key("observation_id", "observations", "id")
        .named("fk_detections_observation")
        .on_delete(ForeignKeyAction::Restrict)
        .foreign_key("candidate_id", "candidates", "id")
        .named("fk_detections_candidate")
        .on_delete(ForeignKeyAction::Restrict)
        .with(
            Index::new("uq_detections_run_candidate", ["model_run_id", "candidate_id"])
                .unique()
                .filter(promoted),
        )
        .index("idx_detections_ra_dec", ["ra", "dec"])
        .index("idx_detections_confidence_score", ["confidence_score"])
        .index("idx_detections_status", ["status", "confidence_score"])
        .index("idx_detections_detection_type", ["detection_type"])
        .index("idx_detections_observation_id", ["observation_id", "created_at"])
        .with(Index::new("idx_detections_candidate_id", ["candidate_id"]).filter(promoted))
        .index("idx_detections_created_at", ["created_at"])
        .check("ck_detections_confidence_score", "confidence_score >= 0 AND confidence_score <= 1")
        .check("ck_detections_ra", "ra >= 0 AND ra <= 360")
        .check("ck_detections_dec", "dec >= -90 AND dec <= 90")
        .check("ck_detections_pixel", "pixel_x >= 0 AND pixel_y >= 0")
        .check(
            "ck_detections_validation_confidence",
            "validation_confidence >= 0 AND validation_confidence <= 1",
        )
        .check("ck_detections_inference_time", "inference_time_ms >= 0")
        .check(
            "ck_detections_validated",
            "status NOT IN ('validated', 'confirmed') OR is_validated",
        )
}
