//! Where sources lie on the sky.

use migration_support::{Placed, add_cells, drop_cells, prelude::*};

use crate::m20251024_000001_core::{create_views, drop_views};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLES: [Placed; 1] = [("sources", "ra_deg", "dec_deg")];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // PostgreSQL fixes a view's columns when it is made; SQLite's see the new one by themselves.
        let fixed_views = manager.get_database_backend() == DbBackend::Postgres;
        if fixed_views {
            drop_views(manager).await?;
        }
        add_cells(manager, &TABLES).await?;
        if fixed_views {
            create_views(manager).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let fixed_views = manager.get_database_backend() == DbBackend::Postgres;
        if fixed_views {
            drop_views(manager).await?;
        }
        drop_cells(manager, &TABLES).await?;
        if fixed_views {
            create_views(manager).await?;
        }
        Ok(())
    }
}
