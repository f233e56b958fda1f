//! Carrying a plan out: the whole or nothing.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement, TransactionTrait};

use crate::{
    Error,
    plan::{Operation, Safety, Step},
    postgres, sqlite,
    text::quoted,
};

/// Carries operations out in one transaction, on one connection of the pool. On SQLite foreign keys are not
/// enforced meanwhile, and afterwards as before; no row may refer to nothing in the end that did not
/// before. On PostgreSQL `name` is the schema; whoever else applies a plan to it waits, and a lock that is
/// not had within 5 seconds ends it. Whether something destructive may be done is the caller's to ask.
///
/// The future has to be awaited to its end: dropped before, it may leave an SQLite connection that does not
/// enforce foreign keys.
///
/// # Errors
/// An operation is blocked, or the database refuses a step; nothing is changed then.
pub async fn apply(
    connection: &DatabaseConnection,
    name: &str,
    operations: &[Operation],
) -> Result<(), Error> {
    refuse_blocked(operations)?;
    match connection.get_database_backend() {
        DbBackend::Sqlite => sqlite::apply::apply(connection, operations).await,
        DbBackend::Postgres => {
            let transaction = connection.begin().await?;
            postgres::apply::prepare(&transaction, name).await?;
            carry_out(&transaction, operations).await?;
            transaction.commit().await?;
            Ok(())
        }
        _ => Err(Error::Unsupported),
    }
}

pub(crate) fn refuse_blocked(operations: &[Operation]) -> Result<(), Error> {
    match operations.iter().find(|operation| operation.safety == Safety::Blocked) {
        Some(blocked) => Err(Error::Blocked(blocked.summary.clone())),
        None => Ok(()),
    }
}

/// Takes the steps, inside whatever transaction there is.
pub(crate) async fn carry_out<C: ConnectionTrait>(
    connection: &C,
    operations: &[Operation],
) -> Result<(), Error> {
    for step in operations.iter().flat_map(|operation| &operation.steps) {
        match step {
            Step::Execute(sql) => execute(connection, sql).await?,
            Step::SameRows(one, other) => {
                let (is, was) = (count(connection, other).await?, count(connection, one).await?);
                if is != was {
                    return Err(Error::Check(format!(
                        "{other} holds {is} of the {was} rows of {one}"
                    )));
                }
            }
        }
    }
    Ok(())
}

/// Executes one statement; an error says which.
pub(crate) async fn execute<C: ConnectionTrait>(connection: &C, sql: &str) -> Result<(), Error> {
    let executed = connection.execute_unprepared(sql).await;
    executed.map(|_| ()).map_err(|source| Error::Statement { sql: sql.to_owned(), source })
}

async fn count<C: ConnectionTrait>(connection: &C, table: &str) -> Result<i64, Error> {
    let sql = format!("SELECT COUNT(*) FROM {}", quoted(table));
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let row = connection.query_one_raw(statement).await?;
    Ok(row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default())
}
