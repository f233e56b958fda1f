//! Statements, asked and executed.

use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement};

use crate::{Error, Result};

/// Executes one statement; an error says which.
pub(crate) async fn execute<C: ConnectionTrait>(connection: &C, sql: &str) -> Result<u64> {
    let executed = connection.execute_unprepared(sql).await;
    let executed = executed.map_err(|source| Error::Statement { sql: sql.to_owned(), source })?;
    Ok(executed.rows_affected())
}

/// The rows that a query answers with.
pub(crate) async fn all<C: ConnectionTrait>(connection: &C, sql: &str) -> Result<Vec<QueryResult>> {
    let statement = Statement::from_string(DbBackend::Sqlite, sql);
    let rows = connection.query_all_raw(statement).await;
    rows.map_err(|source| Error::Statement { sql: sql.to_owned(), source })
}

/// The one number that a query answers with; 0 where there is none.
pub(crate) async fn number<C: ConnectionTrait>(connection: &C, sql: &str) -> Result<i64> {
    let rows = all(connection, sql).await?;
    let number: Option<Option<i64>> =
        rows.first().map(|row| row.try_get_by_index(0)).transpose()?;
    Ok(number.flatten().unwrap_or_default())
}

/// How many rows a query answers with.
pub(crate) async fn count<C: ConnectionTrait>(connection: &C, rest: &str) -> Result<u64> {
    number(connection, &format!("SELECT COUNT(*) {rest}")).await.map(i64::unsigned_abs)
}

/// The first column of what a query answers with, as text.
pub(crate) async fn texts<C: ConnectionTrait>(connection: &C, sql: &str) -> Result<Vec<String>> {
    let rows = all(connection, sql).await?;
    Ok(rows.iter().map(|row| row.try_get_by_index(0)).collect::<std::result::Result<_, _>>()?)
}
