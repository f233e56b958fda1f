//! What the streaming converter records, and each subband file in one group only.

use migration_support::{
    change::{add_indexes, drop_indexes},
    prelude::*,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add_columns(manager, "ingest_queue", &of_groups()).await?;
        add_columns(manager, "performance_metrics", &of_metrics()).await?;
        add_indexes(manager, "subband_files", &[path()]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_indexes(manager, &[path()]).await?;
        drop_columns(manager, "performance_metrics", &of_metrics()).await?;
        drop_columns(manager, "ingest_queue", &of_groups()).await
    }
}

fn of_groups() -> [Column; 4] {
    [
        text("error"),
        text("checkpoint_path"),
        text("processing_stage").default("collecting"),
        real("chunk_minutes"),
    ]
}

fn of_metrics() -> [Column; 3] {
    [real("load_time"), real("phase_time"), real("write_time")]
}

fn path() -> Index {
    Index::new("idx_subband_files_path", ["file_path"]).unique()
}
