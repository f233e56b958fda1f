//! Where rows lie on the sky: a column that holds the cell, and what finds rows by it.

use sea_orm_migration::{
    prelude::{DbErr, SchemaManager},
    sea_orm::DbBackend,
    sea_query,
};

use crate::{add_columns, change::execute, column::bigint};

/// A table with positions: its name, and the columns of right ascension and declination.
pub type Placed = (&'static str, &'static str, &'static str);

/// Gives tables the column `healpix`, as every database with positions got it on 2026-11-21: the HEALPix cell
/// of a row's position, nested, of order 29. A released definition: it never changes.
///
/// - Rows with a cell are in one index, rows without one in another, by their declination: programs that know
///   nothing of cells go on writing, and what they write is found at once. Neither index holds a row twice.
/// - A row whose position changes while its cell does not has been changed by such a program: a trigger takes
///   the cell away.
///
/// # Errors
/// The engine refuses.
pub async fn add_cells(manager: &SchemaManager<'_>, tables: &[Placed]) -> Result<(), DbErr> {
    if manager.get_database_backend() == DbBackend::Postgres {
        let forget = "CREATE FUNCTION forget_healpix() RETURNS trigger LANGUAGE plpgsql AS \
                      $$ BEGIN NEW.healpix := NULL; RETURN NEW; END $$";
        execute(manager, forget).await?;
    }
    for &(table, ra, dec) in tables {
        add_columns(manager, table, &[bigint("healpix")]).await?;
        execute(
            manager,
            &format!(
                "CREATE INDEX idx_{table}_healpix ON {table} (healpix) WHERE healpix IS NOT NULL"
            ),
        )
        .await?;
        execute(
            manager,
            &format!(
                "CREATE INDEX idx_{table}_unplaced ON {table} ({dec}) \
                 WHERE healpix IS NULL AND {dec} IS NOT NULL"
            ),
        )
        .await?;
        let trigger = match manager.get_database_backend() {
            DbBackend::Postgres => format!(
                "CREATE TRIGGER trg_{table}_healpix BEFORE UPDATE OF {ra}, {dec} ON {table} \
                 FOR EACH ROW WHEN (NEW.healpix = OLD.healpix \
                 AND (NEW.{ra} IS DISTINCT FROM OLD.{ra} OR NEW.{dec} IS DISTINCT FROM OLD.{dec})) \
                 EXECUTE FUNCTION forget_healpix()"
            ),
            _ => format!(
                "CREATE TRIGGER trg_{table}_healpix AFTER UPDATE OF {ra}, {dec} ON {table} \
                 FOR EACH ROW WHEN NEW.healpix = OLD.healpix \
                 AND (NEW.{ra} IS NOT OLD.{ra} OR NEW.{dec} IS NOT OLD.{dec}) \
                 BEGIN UPDATE {table} SET healpix = NULL WHERE rowid = NEW.rowid; END"
            ),
        };
        execute(manager, &trigger).await?;
    }
    Ok(())
}

/// Takes the cells away again. They follow from the positions, so nothing is lost.
///
/// # Errors
/// The engine refuses.
pub async fn drop_cells(manager: &SchemaManager<'_>, tables: &[Placed]) -> Result<(), DbErr> {
    let postgres = manager.get_database_backend() == DbBackend::Postgres;
    for &(table, ..) in tables.iter().rev() {
        let on = if postgres { format!(" ON {table}") } else { String::new() };
        execute(manager, &format!("DROP TRIGGER trg_{table}_healpix{on}")).await?;
        execute(manager, &format!("DROP INDEX idx_{table}_unplaced")).await?;
        execute(manager, &format!("DROP INDEX idx_{table}_healpix")).await?;
        manager
            .alter_table(sea_query::Table::alter().table(table).drop_column("healpix").to_owned())
            .await?;
    }
    if postgres {
        execute(manager, "DROP FUNCTION forget_healpix()").await?;
    }
    Ok(())
}

/// A revision that gives tables their cells.
#[macro_export]
macro_rules! places {
    ($($table:literal by $ra:literal, $dec:literal;)+) => {
        #[derive(DeriveMigrationName)]
        pub(crate) struct Migration;

        #[async_trait::async_trait]
        impl MigrationTrait for Migration {
            async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
                $crate::add_cells(manager, &TABLES).await
            }

            async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
                $crate::drop_cells(manager, &TABLES).await
            }
        }

        const TABLES: [$crate::Placed; [$($table),+].len()] = [$(($table, $ra, $dec)),+];
    };
}
