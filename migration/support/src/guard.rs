//! What a migrator refuses to touch.

use std::env;

use almanac_database::{Address, Database, Location, sqlite_file_tables};
use sea_orm_migration::{
    prelude::{ConnectionTrait, DbErr},
    sea_orm::{DbBackend, Statement},
};

tokio::task_local! {
    /// Set to true around a downgrade that may destroy rows; without it, `ALMANAC_ALLOW_DATA_LOSS=yes`
    /// in the environment says the same.
    pub static ALLOW_DATA_LOSS: bool;
}

/// Whether a downgrade may destroy rows.
pub fn data_loss_allowed() -> bool {
    ALLOW_DATA_LOSS.try_with(|allowed| *allowed).unwrap_or(false)
        || env::var("ALMANAC_ALLOW_DATA_LOSS").is_ok_and(|value| value == "yes")
}

/// Refuses a database whose tables something else made, without changing a byte of it.
///
/// # Errors
/// The file holds tables but no books of a migrator of ours, or cannot be read.
pub async fn refuse_foreign_file(address: &Address) -> Result<(), DbErr> {
    let tables =
        sqlite_file_tables(address).await.map_err(|error| DbErr::Custom(error.to_string()))?;
    refuse_foreign_tables(address, &tables)
}

/// The same for a PostgreSQL schema.
pub(crate) async fn refuse_foreign_schema<C: ConnectionTrait>(
    address: &Address,
    connection: &C,
) -> Result<(), DbErr> {
    let Location::Postgres(_) = address.location else { return Ok(()) };
    let statement = Statement::from_sql_and_values(
        DbBackend::Postgres,
        "SELECT table_name::text FROM information_schema.tables WHERE table_schema = $1 ORDER BY 1",
        [address.schema.clone().into()],
    );
    let rows = connection.query_all_raw(statement).await?;
    let tables: Vec<String> =
        rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?;
    refuse_foreign_tables(address, &tables)
}

fn refuse_foreign_tables(address: &Address, tables: &[String]) -> Result<(), DbErr> {
    let ours = tables.iter().any(|table| table.starts_with("seaql_migrations_"));
    // What AstrID had before its first phase; the first revision takes it over.
    let legacy = address.database == Database::Astrid && tables == ["example_model"];
    if tables.is_empty() || ours || legacy {
        return Ok(());
    }
    let shown = tables.iter().take(5).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = if tables.len() > 5 { ", …" } else { "" };
    Err(DbErr::Migration(format!(
        "{address} holds {count} tables that no migration of Almanac made ({shown}{more}); it was \
         left as it is. To take it over, run `almanac adopt`",
        count = tables.len(),
    )))
}
