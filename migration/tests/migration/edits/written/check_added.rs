//! Check added.

use migration_support::{change::execute_for, prelude::*, rebuild_table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute_for(manager, UP_SQLITE, UP_POSTGRES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Sqlite {
            rebuild_table(manager, &storage_locations_before(), STORAGE_LOCATIONS_BEFORE_COPIED).await?;
        }
        execute_for(manager, &[], DOWN_POSTGRES).await
    }
}

const UP_POSTGRES: &[&str] = &[
    r#"ALTER TABLE "storage_locations" ADD CONSTRAINT "storage_locations_path_check" CHECK (length(path) > 0)"#,
];

const UP_SQLITE: &[&str] = &[
    r#"CREATE TABLE "storage_locations__new" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "name" TEXT NOT NULL,
    "path" TEXT NOT NULL,
    "description" TEXT,
    UNIQUE ("name"),
    CHECK (length (path) > 0)
)"#,
    r#"INSERT INTO "storage_locations__new" ("id", "name", "path", "description") SELECT "id", "name", "path", "description" FROM "storage_locations""#,
    "DELETE FROM sqlite_sequence WHERE name = 'storage_locations__new' AND EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'storage_locations')",
    "INSERT INTO sqlite_sequence (name, seq) SELECT 'storage_locations__new', seq FROM sqlite_sequence WHERE name = 'storage_locations'",
    r#"DROP TABLE "storage_locations""#,
    "PRAGMA legacy_alter_table = ON",
    r#"ALTER TABLE "storage_locations__new" RENAME TO "storage_locations""#,
    "PRAGMA legacy_alter_table = OFF",
];

const DOWN_POSTGRES: &[&str] =
    &[r#"ALTER TABLE "storage_locations" DROP CONSTRAINT "storage_locations_path_check""#];

fn storage_locations_before() -> Table {
    Table::new("storage_locations")
        .column(pk("id"))
        .column(text("name").not_null().unique())
        .column(text("path").not_null())
        .column(text("description"))
}

const STORAGE_LOCATIONS_BEFORE_COPIED: &[(&str, &str)] =
    &[("id", "id"), ("name", "name"), ("path", "path"), ("description", "description")];
