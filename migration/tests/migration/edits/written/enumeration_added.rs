//! Enumeration added.

use migration_support::{
    change::{execute_for, refuse_rows},
    prelude::*,
    rebuild_table,
};

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
        refuse_rows(manager, LOST).await?;
        if manager.get_database_backend() == DbBackend::Sqlite {
            rebuild_table(manager, &storage_locations_before(), STORAGE_LOCATIONS_BEFORE_COPIED).await?;
        }
        execute_for(manager, &[], DOWN_POSTGRES).await
    }
}

const UP_POSTGRES: &[&str] = &[
    r#"CREATE TYPE "location_state" AS ENUM ('online', 'archived')"#,
    r#"ALTER TABLE "storage_locations" ADD COLUMN "state" location_state NOT NULL DEFAULT 'online'::location_state"#,
];

fn storage_locations() -> Table {
    Table::new("storage_locations")
        .column(pk("id"))
        .column(text("name").not_null().unique())
        .column(text("path").not_null())
        .column(text("description"))
        .column(enumeration("state", "location_state", &["online", "archived"]).not_null().default("online"))
}

const STORAGE_LOCATIONS_COPIED: &[(&str, &str)] =
    &[("id", "id"), ("name", "name"), ("path", "path"), ("description", "description")];

const DOWN_POSTGRES: &[&str] =
    &[r#"ALTER TABLE "storage_locations" DROP COLUMN "state""#, r#"DROP TYPE "location_state""#];

fn storage_locations_before() -> Table {
    Table::new("storage_locations")
        .column(pk("id"))
        .column(text("name").not_null().unique())
        .column(text("path").not_null())
        .column(text("description"))
        .dropped(["state"])
}

const STORAGE_LOCATIONS_BEFORE_COPIED: &[(&str, &str)] =
    &[("id", "id"), ("name", "name"), ("path", "path"), ("description", "description")];

/// What the way back destroys, and what counts it.
const LOST: &[(&str, &str)] = &[
    ("drop the column storage_locations.state", r#"SELECT COUNT("state") FROM "storage_locations""#),
];
