//! Column dropped.

use migration_support::{change::execute_for, prelude::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute_for(manager, UP_SQLITE, UP_POSTGRES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute_for(manager, DOWN_SQLITE, DOWN_POSTGRES).await
    }
}

const UP_POSTGRES: &[&str] = &[r#"ALTER TABLE "storage_locations" DROP COLUMN "description""#];

const UP_SQLITE: &[&str] = &[r#"ALTER TABLE "storage_locations" DROP COLUMN "description""#];

const DOWN_POSTGRES: &[&str] =
    &[r#"ALTER TABLE "storage_locations" ADD COLUMN "description" text COLLATE "C""#];

const DOWN_SQLITE: &[&str] = &[r#"ALTER TABLE "storage_locations" ADD COLUMN "description" TEXT"#];
