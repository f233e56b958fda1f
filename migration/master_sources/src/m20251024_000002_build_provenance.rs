//! How the catalogue was built, and how it numbered its sources before.

use migration_support::{
    change::{add_indexes, drop_indexes},
    prelude::*,
};

use crate::m20251024_000001_core::{create_views, drop_views};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // PostgreSQL fixes a view's columns when it is made; SQLite's see the new one by themselves.
        let fixed_views = manager.get_database_backend() == DbBackend::Postgres;
        if fixed_views {
            drop_views(manager).await?;
        }
        add_columns(manager, "sources", &columns()).await?;
        add_indexes(manager, "sources", &indexes()).await?;
        if fixed_views {
            create_views(manager).await?;
        }
        create_tables(manager, &tables()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &tables()).await?;
        let fixed_views = manager.get_database_backend() == DbBackend::Postgres;
        if fixed_views {
            drop_views(manager).await?;
        }
        drop_indexes(manager, &indexes()).await?;
        drop_columns(manager, "sources", &columns()).await?;
        if fixed_views {
            create_views(manager).await?;
        }
        Ok(())
    }
}

fn columns() -> [Column; 1] {
    [bigint("legacy_id")]
}

fn indexes() -> [Index; 1] {
    [Index::new("uq_sources_legacy_id", ["legacy_id"]).unique()]
}

fn tables() -> [Table; 2] {
    [
        Table::new("meta").column(text("key").primary_key()).column(text("value")),
        Table::new("stable_ids").column(text("source_id").primary_key()),
    ]
}
