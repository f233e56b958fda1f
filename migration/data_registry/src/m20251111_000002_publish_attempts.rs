//! Attempts to publish.

use migration_support::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add_columns(manager, "data_registry", &columns()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_columns(manager, "data_registry", &columns()).await
    }
}

fn columns() -> [Column; 2] {
    [int("publish_attempts").default(0), text("publish_error")]
}
