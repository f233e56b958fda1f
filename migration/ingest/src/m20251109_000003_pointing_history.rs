//! Where the telescope pointed.

use migration_support::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_tables(manager, &tables()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &tables()).await
    }
}

fn tables() -> [Table; 1] {
    [Table::new("pointing_history")
        .column(real("timestamp").primary_key())
        .column(real("ra_deg"))
        .column(real("dec_deg"))
        .index("idx_pointing_timestamp", ["timestamp"])]
}
