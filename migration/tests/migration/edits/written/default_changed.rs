//! Default changed.

use migration_support::{change::execute_for, prelude::*, rebuild_table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Sqlite {
            rebuild_table(manager, &data_registry(), DATA_REGISTRY_COPIED).await?;
        }
        execute_for(manager, &[], UP_POSTGRES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Sqlite {
            rebuild_table(manager, &data_registry_before(), DATA_REGISTRY_BEFORE_COPIED).await?;
        }
        execute_for(manager, &[], DOWN_POSTGRES).await
    }
}

const UP_POSTGRES: &[&str] =
    &[r#"ALTER TABLE "data_registry" ALTER COLUMN "status" SET DEFAULT 'published'::text"#];

fn data_registry() -> Table {
    Table::new("data_registry")
        .column(pk("id"))
        .column(text("data_type").not_null())
        .column(text("data_id").not_null().unique())
        .column(text("base_path").not_null())
        .column(text("status").not_null().default("published"))
        .column(text("stage_path").not_null())
        .column(text("published_path"))
        .column(real("created_at").not_null())
        .column(real("staged_at").not_null())
        .column(real("published_at"))
        .column(text("publish_mode"))
        .column(text("metadata_json"))
        .column(text("qa_status"))
        .column(text("validation_status"))
        .column(text("finalization_status").default("pending"))
        .column(flag("auto_publish_enabled").default(true))
        .column(int("publish_attempts").default(0))
        .column(text("publish_error"))
        .column(text("photometry_status"))
        .column(text("photometry_job_id"))
        .unique(["data_type", "data_id"])
        .with(Index::new("idx_data_registry_type_status", ["data_type", "status"]))
        .with(Index::new("idx_data_registry_status", ["status"]))
        .with(Index::new("idx_data_registry_published_at", ["published_at"]))
        .with(Index::new("idx_data_registry_finalization", ["finalization_status"]))
}

const DATA_REGISTRY_COPIED: &[(&str, &str)] = &[
    ("id", "id"),
    ("data_type", "data_type"),
    ("data_id", "data_id"),
    ("base_path", "base_path"),
    ("status", "status"),
    ("stage_path", "stage_path"),
    ("published_path", "published_path"),
    ("created_at", "created_at"),
    ("staged_at", "staged_at"),
    ("published_at", "published_at"),
    ("publish_mode", "publish_mode"),
    ("metadata_json", "metadata_json"),
    ("qa_status", "qa_status"),
    ("validation_status", "validation_status"),
    ("finalization_status", "finalization_status"),
    ("auto_publish_enabled", "auto_publish_enabled"),
    ("publish_attempts", "publish_attempts"),
    ("publish_error", "publish_error"),
    ("photometry_status", "photometry_status"),
    ("photometry_job_id", "photometry_job_id"),
];

const DOWN_POSTGRES: &[&str] =
    &[r#"ALTER TABLE "data_registry" ALTER COLUMN "status" SET DEFAULT 'staging'::text"#];

fn data_registry_before() -> Table {
    Table::new("data_registry")
        .column(pk("id"))
        .column(text("data_type").not_null())
        .column(text("data_id").not_null().unique())
        .column(text("base_path").not_null())
        .column(text("status").not_null().default("staging"))
        .column(text("stage_path").not_null())
        .column(text("published_path"))
        .column(real("created_at").not_null())
        .column(real("staged_at").not_null())
        .column(real("published_at"))
        .column(text("publish_mode"))
        .column(text("metadata_json"))
        .column(text("qa_status"))
        .column(text("validation_status"))
        .column(text("finalization_status").default("pending"))
        .column(flag("auto_publish_enabled").default(true))
        .column(int("publish_attempts").default(0))
        .column(text("publish_error"))
        .column(text("photometry_status"))
        .column(text("photometry_job_id"))
        .unique(["data_type", "data_id"])
        .with(Index::new("idx_data_registry_type_status", ["data_type", "status"]))
        .with(Index::new("idx_data_registry_status", ["status"]))
        .with(Index::new("idx_data_registry_published_at", ["published_at"]))
        .with(Index::new("idx_data_registry_finalization", ["finalization_status"]))
}

const DATA_REGISTRY_BEFORE_COPIED: &[(&str, &str)] = &[
    ("id", "id"),
    ("data_type", "data_type"),
    ("data_id", "data_id"),
    ("base_path", "base_path"),
    ("status", "status"),
    ("stage_path", "stage_path"),
    ("published_path", "published_path"),
    ("created_at", "created_at"),
    ("staged_at", "staged_at"),
    ("published_at", "published_at"),
    ("publish_mode", "publish_mode"),
    ("metadata_json", "metadata_json"),
    ("qa_status", "qa_status"),
    ("validation_status", "validation_status"),
    ("finalization_status", "finalization_status"),
    ("auto_publish_enabled", "auto_publish_enabled"),
    ("publish_attempts", "publish_attempts"),
    ("publish_error", "publish_error"),
    ("photometry_status", "photometry_status"),
    ("photometry_job_id", "photometry_job_id"),
];
