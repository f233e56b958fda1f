//! Table dropped.

use migration_support::{change::execute_for, prelude::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute_for(manager, UP_SQLITE, UP_POSTGRES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute_for(manager, DOWN_SQLITE, DOWN_POSTGRES).await
    }
}

const UP_POSTGRES: &[&str] = &[r#"DROP TABLE "pointing_history""#];

const UP_SQLITE: &[&str] = &[r#"DROP TABLE "pointing_history""#];

const DOWN_POSTGRES: &[&str] = &[
    r#"CREATE TABLE "pointing_history" (
    "timestamp" double precision NOT NULL,
    "ra_deg" double precision,
    "dec_deg" double precision,
    "healpix" bigint,
    CONSTRAINT "pointing_history_pkey" PRIMARY KEY ("timestamp")
)"#,
    r#"CREATE INDEX "idx_pointing_history_healpix" ON "pointing_history" USING btree ("healpix") WHERE healpix IS NOT NULL"#,
    r#"CREATE INDEX "idx_pointing_history_unplaced" ON "pointing_history" USING btree ("dec_deg") WHERE (healpix IS NULL) AND (dec_deg IS NOT NULL)"#,
    r#"CREATE INDEX "idx_pointing_timestamp" ON "pointing_history" USING btree ("timestamp")"#,
    "CREATE TRIGGER trg_pointing_history_healpix BEFORE UPDATE OF ra_deg, dec_deg ON pointing_history FOR EACH ROW WHEN (new.healpix = old.healpix AND (new.ra_deg IS DISTINCT FROM old.ra_deg OR new.dec_deg IS DISTINCT FROM old.dec_deg)) EXECUTE FUNCTION forget_healpix()",
];

const DOWN_SQLITE: &[&str] = &[
    r#"CREATE TABLE "pointing_history" (
    "timestamp" REAL,
    "ra_deg" REAL,
    "dec_deg" REAL,
    "healpix" INTEGER,
    PRIMARY KEY ("timestamp")
)"#,
    r#"CREATE INDEX "idx_pointing_timestamp" ON "pointing_history" ("timestamp")"#,
    r#"CREATE INDEX "idx_pointing_history_healpix" ON "pointing_history" ("healpix") WHERE healpix IS NOT NULL"#,
    r#"CREATE INDEX "idx_pointing_history_unplaced" ON "pointing_history" ("dec_deg") WHERE healpix IS NULL AND dec_deg IS NOT NULL"#,
    "CREATE TRIGGER trg_pointing_history_healpix AFTER UPDATE OF ra_deg, dec_deg ON pointing_history FOR EACH ROW WHEN NEW.healpix = OLD.healpix AND (NEW.ra_deg IS NOT OLD.ra_deg OR NEW.dec_deg IS NOT OLD.dec_deg) BEGIN UPDATE pointing_history SET healpix = NULL WHERE rowid = NEW.rowid; END",
];
