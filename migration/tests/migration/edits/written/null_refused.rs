//! Null refused.

use migration_support::{change::execute_for, prelude::*, rebuild_table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Sqlite {
            rebuild_table(manager, &pointing_history(), POINTING_HISTORY_COPIED).await?;
        }
        execute_for(manager, &[], UP_POSTGRES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Sqlite {
            rebuild_table(manager, &pointing_history_before(), POINTING_HISTORY_BEFORE_COPIED).await?;
        }
        execute_for(manager, &[], DOWN_POSTGRES).await
    }
}

const UP_POSTGRES: &[&str] = &[
    r#"UPDATE "pointing_history" SET "dec_deg" = 0.5 WHERE "dec_deg" IS NULL"#,
    r#"ALTER TABLE "pointing_history" ALTER COLUMN "dec_deg" SET NOT NULL"#,
];

fn pointing_history() -> Table {
    Table::new("pointing_history")
        .column(real("timestamp").primary_key())
        .column(real("ra_deg"))
        .column(real("dec_deg").not_null())
        .column(bigint("healpix"))
        .with(Index::new("idx_pointing_timestamp", ["timestamp"]))
        .with(Index::new("idx_pointing_history_healpix", ["healpix"]).filter("healpix IS NOT NULL"))
        .with(Index::new("idx_pointing_history_unplaced", ["dec_deg"]).filter("healpix IS NULL AND dec_deg IS NOT NULL"))
}

const POINTING_HISTORY_COPIED: &[(&str, &str)] = &[
    ("timestamp", "timestamp"),
    ("ra_deg", "ra_deg"),
    ("dec_deg", r#"COALESCE("dec_deg", 0.5)"#),
    ("healpix", "healpix"),
];

const DOWN_POSTGRES: &[&str] =
    &[r#"ALTER TABLE "pointing_history" ALTER COLUMN "dec_deg" DROP NOT NULL"#];

fn pointing_history_before() -> Table {
    Table::new("pointing_history")
        .column(real("timestamp").primary_key())
        .column(real("ra_deg"))
        .column(real("dec_deg"))
        .column(bigint("healpix"))
        .with(Index::new("idx_pointing_timestamp", ["timestamp"]))
        .with(Index::new("idx_pointing_history_healpix", ["healpix"]).filter("healpix IS NOT NULL"))
        .with(Index::new("idx_pointing_history_unplaced", ["dec_deg"]).filter("healpix IS NULL AND dec_deg IS NOT NULL"))
}

const POINTING_HISTORY_BEFORE_COPIED: &[(&str, &str)] = &[
    ("timestamp", "timestamp"),
    ("ra_deg", "ra_deg"),
    ("dec_deg", "dec_deg"),
    ("healpix", "healpix"),
];
