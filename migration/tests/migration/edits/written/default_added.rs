//! Default added.

use migration_support::{change::execute_for, prelude::*, rebuild_table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Sqlite {
            rebuild_table(manager, &storage_locations(), STORAGE_LOCATIONS_COPIED).await?;
        }
        execute_for(manager, &[], UP_POSTGRES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Sqlite {
            rebuild_table(manager, &storage_locations_before(), STORAGE_LOCATIONS_BEFORE_COPIED).await?;
        }
        execute_for(manager, &[], DOWN_POSTGRES).await
    }
}

const UP_POSTGRES: &[&str] =
    &[r#"ALTER TABLE "storage_locations" ALTER COLUMN "description" SET DEFAULT 'none'::text"#];

fn storage_locations() -> Table {
    Table::new("storage_locations")
        .column(pk("id"))
        .column(text("name").not_null().unique())
        .column(text("path").not_null())
        .column(text("description").default("none"))
}

const STORAGE_LOCATIONS_COPIED: &[(&str, &str)] =
    &[("id", "id"), ("name", "name"), ("path", "path"), ("description", "description")];

const DOWN_POSTGRES: &[&str] =
    &[r#"ALTER TABLE "storage_locations" ALTER COLUMN "description" DROP DEFAULT"#];

fn storage_locations_before() -> Table {
    Table::new("storage_locations")
        .column(pk("id"))
        .column(text("name").not_null().unique())
        .column(text("path").not_null())
        .column(text("description"))
}

const STORAGE_LOCATIONS_BEFORE_COPIED: &[(&str, &str)] =
    &[("id", "id"), ("name", "name"), ("path", "path"), ("description", "description")];
