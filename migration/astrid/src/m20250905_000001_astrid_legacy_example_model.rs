//! The table that was before AstrID: made, or taken over as it is.

use migration_support::prelude::*;

use crate::legacy;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.has_table(legacy::TABLE).await? {
            return legacy::refuse_other_columns(manager).await;
        }
        create_tables(manager, &[legacy::table()]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &[legacy::table()]).await
    }
}
