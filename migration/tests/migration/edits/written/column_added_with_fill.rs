//! Column added with fill.

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
        execute_for(manager, DOWN_SQLITE, DOWN_POSTGRES).await
    }
}

const UP_POSTGRES: &[&str] = &[
    r#"ALTER TABLE "storage_locations" ADD COLUMN "owner" text COLLATE "C""#,
    r#"UPDATE "storage_locations" SET "owner" = name"#,
    r#"ALTER TABLE "storage_locations" ALTER COLUMN "owner" SET NOT NULL"#,
];

fn storage_locations() -> Table {
    Table::new("storage_locations")
        .column(pk("id"))
        .column(text("name").not_null().unique())
        .column(text("path").not_null())
        .column(text("description"))
        .column(text("owner").not_null())
}

const STORAGE_LOCATIONS_COPIED: &[(&str, &str)] = &[
    ("id", "id"),
    ("name", "name"),
    ("path", "path"),
    ("description", "description"),
    ("owner", "name"),
];

const DOWN_POSTGRES: &[&str] = &[r#"ALTER TABLE "storage_locations" DROP COLUMN "owner""#];

const DOWN_SQLITE: &[&str] = &[r#"ALTER TABLE "storage_locations" DROP COLUMN "owner""#];

/// What the way back destroys, and what counts it.
const LOST: &[(&str, &str)] = &[
    ("drop the column storage_locations.owner", r#"SELECT COUNT("owner") FROM "storage_locations""#),
];
