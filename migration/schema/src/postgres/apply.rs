//! What a transaction of PostgreSQL needs before a plan is carried out in it.

use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::{Error, apply::execute, text::quoted};

/// Looks for unqualified names in the schema `name` and in none other, waits for no lock longer than 5 seconds,
/// and for whoever else applies a plan to the same schema.
pub(crate) async fn prepare<C: ConnectionTrait>(connection: &C, name: &str) -> Result<(), Error> {
    for (sql, value) in [
        ("SELECT set_config('lock_timeout', $1, TRUE)", "5s".to_owned()),
        ("SELECT set_config('search_path', $1, TRUE)", quoted(name)),
        ("SELECT pg_advisory_xact_lock(hashtextextended('almanac ' || $1, 0))", name.to_owned()),
    ] {
        let values = [value.into()];
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
        connection.query_one_raw(statement).await?;
    }
    // A check that waits for the end of the transaction stops the next ALTER of its table.
    execute(connection, "SET CONSTRAINTS ALL IMMEDIATE").await
}
