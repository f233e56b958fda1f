//! The life of a calibration table, and windows that are open at an end.

use migration_support::{
    change::{add_indexes, count, execute, refuse_loss},
    prelude::*,
    rebuild_table,
};

use crate::m20251024_000001_core;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Sqlite {
            let status = ("status", "CASE WHEN active = 0 THEN 'retired' ELSE 'active' END");
            return rebuild_table(manager, &caltables(), &[&KEPT[..], &[status]].concat()).await;
        }
        execute(
            manager,
            "ALTER TABLE caltables ALTER COLUMN valid_start_mjd DROP NOT NULL, \
             ALTER COLUMN valid_end_mjd DROP NOT NULL",
        )
        .await?;
        add_columns(manager, "caltables", &columns()).await?;
        execute(manager, "UPDATE caltables SET status = 'retired' WHERE NOT active").await?;
        add_indexes(manager, "caltables", &[status_index()]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        refuse_unless_nothing_is_lost(manager).await?;
        if manager.get_database_backend() == DbBackend::Sqlite {
            let before = m20251024_000001_core::caltables();
            return rebuild_table(manager, &before.dropped(DROPPED), &KEPT).await;
        }
        execute(
            manager,
            "ALTER TABLE caltables DROP COLUMN notes, DROP COLUMN refant, DROP COLUMN cal_field, \
             DROP COLUMN status, ALTER COLUMN valid_end_mjd SET NOT NULL, \
             ALTER COLUMN valid_start_mjd SET NOT NULL",
        )
        .await
    }
}

/// `status` goes without loss where `active` says the same.
const LOST: [(&str, &str); 5] = [
    ("open windows", "valid_start_mjd IS NULL OR valid_end_mjd IS NULL"),
    ("status", "status <> CASE WHEN active = false THEN 'retired' ELSE 'active' END"),
    ("cal_field", "cal_field IS NOT NULL"),
    ("refant", "refant IS NOT NULL"),
    ("notes", "notes IS NOT NULL"),
];

/// The columns of the older table.
const KEPT: [(&str, &str); 9] = [
    ("id", "id"),
    ("set_name", "set_name"),
    ("path", "path"),
    ("table_type", "table_type"),
    ("order_index", "order_index"),
    ("valid_start_mjd", "valid_start_mjd"),
    ("valid_end_mjd", "valid_end_mjd"),
    ("created_at", "created_at"),
    ("active", "active"),
];

/// What the older table has not.
const DROPPED: [&str; 5] = ["status", "cal_field", "refant", "notes", "idx_caltables_status"];

async fn refuse_unless_nothing_is_lost(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut lost = Vec::new();
    let mut open = 0;
    for (what, condition) in LOST {
        let rows =
            count(manager, &format!("SELECT COUNT(*) FROM caltables WHERE {condition}")).await?;
        if rows > 0 {
            lost.push(format!("caltables.{what} ({rows} rows)"));
        }
        if what == "open windows" {
            open = rows;
        }
    }
    refuse_loss(&lost)?;
    if open > 0 {
        return Err(DbErr::Migration(format!(
            "{open} rows of caltables have a window that is open at an end, which the older table \
             cannot hold. Give them both ends, or delete them, first"
        )));
    }
    Ok(())
}

fn caltables() -> Table {
    Table::new("caltables")
        .column(pk("id"))
        .column(text("set_name").not_null())
        .column(text("path").not_null().unique())
        .column(text("table_type").not_null())
        .column(int("order_index").not_null())
        .column(real("valid_start_mjd"))
        .column(real("valid_end_mjd"))
        .column(real("created_at").not_null())
        .column(flag("active").default(true))
        .columns(columns())
        .index("idx_caltables_set", ["set_name"])
        .index("idx_caltables_valid", ["valid_start_mjd", "valid_end_mjd"])
        .index("idx_caltables_active", ["active"])
        .with(status_index())
}

fn columns() -> [Column; 4] {
    [text("status").not_null().default("active"), text("cal_field"), text("refant"), text("notes")]
}

fn status_index() -> Index {
    Index::new("idx_caltables_status", ["status"])
}
