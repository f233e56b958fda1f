//! Where a calibration table comes from, and how good it is.

use migration_support::{
    change::{add_indexes, drop_indexes},
    prelude::*,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add_columns(manager, "caltables", &columns()).await?;
        add_indexes(manager, "caltables", &indexes()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_indexes(manager, &indexes()).await?;
        drop_columns(manager, "caltables", &columns()).await
    }
}

fn columns() -> [Column; 5] {
    [
        text("source_ms_path"),
        text("solver_command"),
        text("solver_version"),
        text("solver_params"),
        text("quality_metrics"),
    ]
}

fn indexes() -> [Index; 1] {
    [Index::new("idx_caltables_source", ["source_ms_path"])]
}
