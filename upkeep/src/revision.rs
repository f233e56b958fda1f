//! Which revision a database is at, on any connection.

use almanac_database::Database;
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::{Result, names::quoted};

/// The newest revision that the books of a database name; none where it has no books.
pub(crate) async fn revision<C: ConnectionTrait>(
    connection: &C,
    database: Database,
) -> Result<Option<String>> {
    let backend = connection.get_database_backend();
    let books = database.migration_table();
    let exists = match backend {
        DbBackend::Postgres => {
            "SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = $1"
        }
        _ => "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = $1",
    };
    let exists = Statement::from_sql_and_values(backend, exists, [books.as_str().into()]);
    if connection.query_one_raw(exists).await?.is_none() {
        return Ok(None);
    }
    // In the order in which they are applied, which is not that of their names.
    if let Ok(revisions) = almanac_migration::revisions(database).applied(connection).await {
        let newest = revisions.into_iter().rev().find(|(_, applied)| *applied);
        return Ok(newest.map(|(name, _)| name));
    }
    // A later program's.
    let newest = format!("SELECT MAX(version) FROM {}", quoted(&books));
    match connection.query_one_raw(Statement::from_string(backend, newest)).await? {
        Some(row) => Ok(row.try_get_by_index(0)?),
        None => Ok(None),
    }
}
