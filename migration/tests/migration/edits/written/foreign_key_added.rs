//! Foreign key added.

use migration_support::{change::execute_for, prelude::*, rebuild_table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Sqlite {
            rebuild_table(manager, &data_tags(), DATA_TAGS_COPIED).await?;
        }
        execute_for(manager, &[], UP_POSTGRES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Sqlite {
            rebuild_table(manager, &data_tags_before(), DATA_TAGS_BEFORE_COPIED).await?;
        }
        execute_for(manager, &[], DOWN_POSTGRES).await
    }
}

const UP_POSTGRES: &[&str] = &[
    r#"ALTER TABLE "data_tags" ADD CONSTRAINT "data_tags_tag_fkey" FOREIGN KEY ("tag") REFERENCES "data_registry" ("data_id")"#,
];

fn data_tags() -> Table {
    Table::new("data_tags")
        .column(pk("id"))
        .column(text("data_id").not_null())
        .column(text("tag").not_null())
        .unique(["data_id", "tag"])
        .foreign_key("data_id", "data_registry", "data_id")
        .foreign_key("tag", "data_registry", "data_id")
        .with(Index::new("idx_data_tags_data_id", ["data_id"]))
}

const DATA_TAGS_COPIED: &[(&str, &str)] = &[("id", "id"), ("data_id", "data_id"), ("tag", "tag")];

const DOWN_POSTGRES: &[&str] = &[r#"ALTER TABLE "data_tags" DROP CONSTRAINT "data_tags_tag_fkey""#];

fn data_tags_before() -> Table {
    Table::new("data_tags")
        .column(pk("id"))
        .column(text("data_id").not_null())
        .column(text("tag").not_null())
        .unique(["data_id", "tag"])
        .foreign_key("data_id", "data_registry", "data_id")
        .with(Index::new("idx_data_tags_data_id", ["data_id"]))
}

const DATA_TAGS_BEFORE_COPIED: &[(&str, &str)] =
    &[("id", "id"), ("data_id", "data_id"), ("tag", "tag")];
