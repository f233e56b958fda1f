//! Column renamed.

use migration_support::{change::execute, prelude::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute(manager, r#"ALTER TABLE "storage_locations" RENAME COLUMN "description" TO "purpose""#).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute(manager, r#"ALTER TABLE "storage_locations" RENAME COLUMN "purpose" TO "description""#).await
    }
}
