//! Column dropped anew.

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

const UP_POSTGRES: &[&str] = &[
    r#"ALTER TABLE "storage_locations" DROP COLUMN "description""#,
    r#"ALTER TABLE "storage_locations" ALTER COLUMN "path" DROP NOT NULL"#,
];

fn storage_locations() -> Table {
    Table::new("storage_locations")
        .column(pk("id"))
        .column(text("name").not_null().unique())
        .column(text("path"))
        .dropped(["description"])
}

const STORAGE_LOCATIONS_COPIED: &[(&str, &str)] =
    &[("id", "id"), ("name", "name"), ("path", "path")];

const DOWN_POSTGRES: &[&str] = &[
    r#"ALTER TABLE "storage_locations" ADD COLUMN "description" text COLLATE "C""#,
    r#"ALTER TABLE "storage_locations" ALTER COLUMN "path" SET NOT NULL"#,
];

fn storage_locations_before() -> Table {
    Table::new("storage_locations")
        .column(pk("id"))
        .column(text("name").not_null().unique())
        .column(text("path").not_null())
        .column(text("description"))
}

const STORAGE_LOCATIONS_BEFORE_COPIED: &[(&str, &str)] =
    &[("id", "id"), ("name", "name"), ("path", "path")];
