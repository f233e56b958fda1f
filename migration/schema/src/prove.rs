//! Proving a plan before it is used: in a scratch database, on no rows, there and back.

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, TransactionTrait,
};

use crate::{
    Error, Hints, Plan, Schema,
    apply::{apply, carry_out, execute, refuse_blocked},
    compare::compare,
    model::Engine,
    postgres,
    reflect::reflect,
    sqlite,
    text::quoted,
};

/// The schema that a proof makes on PostgreSQL, and takes back.
const SCRATCH: &str = "almanac scratch";

/// The statements that make a schema in an empty database, in order; for PostgreSQL with names that
/// the search path has to find. What is unmanaged is not among them,
/// but for the functions that triggers call.
pub fn statements(schema: &Schema) -> Vec<String> {
    match schema.engine {
        Engine::Sqlite => sqlite::ddl::statements(schema),
        Engine::Postgres => postgres::ddl::statements(schema),
    }
}

/// Makes `actual` in a scratch database of the same engine, and holds the plan to its word: there, nothing is
/// left to change; back, the fingerprint is that of the beginning. For SQLite the scratch database is
/// in memory and `connection` is not touched; for PostgreSQL it is a schema in a transaction of
/// `connection`, rolled back whatever happens.
///
/// # Errors
/// The plan holds something blocked, fails, or does not keep its word. `actual` cannot be made without
/// what is unmanaged in it.
pub async fn prove(
    connection: &DatabaseConnection,
    actual: &Schema,
    desired: &Schema,
    plan: &Plan,
) -> Result<(), Error> {
    refuse_blocked(&plan.up)?;
    refuse_blocked(&plan.down)?;
    match actual.engine {
        Engine::Sqlite => in_memory(actual, desired, plan).await,
        Engine::Postgres if connection.get_database_backend() != DbBackend::Postgres => {
            Err(Error::Engines)
        }
        Engine::Postgres => {
            let transaction = connection.begin().await?;
            let proved = in_transaction(&transaction, actual, desired, plan).await;
            transaction.rollback().await?;
            proved
        }
    }
}

async fn in_memory(actual: &Schema, desired: &Schema, plan: &Plan) -> Result<(), Error> {
    let mut options = ConnectOptions::new("sqlite::memory:");
    options.max_connections(1).min_connections(1).sqlx_logging(false);
    let scratch = Database::connect(options).await?;
    make(&scratch, actual).await?;
    let begin = reflect(&scratch, "main").await?;
    same(actual, &begin)?;
    apply(&scratch, "main", &plan.up).await?;
    nothing_left(&reflect(&scratch, "main").await?, desired)?;
    apply(&scratch, "main", &plan.down).await?;
    back(&begin, &reflect(&scratch, "main").await?)?;
    Ok(scratch.close().await?)
}

async fn in_transaction<C>(
    scratch: &C,
    actual: &Schema,
    desired: &Schema,
    plan: &Plan,
) -> Result<(), Error>
where
    C: ConnectionTrait + TransactionTrait,
{
    execute(scratch, &format!("CREATE SCHEMA {}", quoted(SCRATCH))).await?;
    execute(scratch, &format!("SET LOCAL search_path = {}", quoted(SCRATCH))).await?;
    // A function may speak of tables that are yet to come.
    execute(scratch, "SET LOCAL check_function_bodies = off").await?;
    make(scratch, actual).await?;
    let begin = reflect(scratch, SCRATCH).await?;
    same(actual, &begin)?;
    carry_out(scratch, &plan.up).await?;
    nothing_left(&reflect(scratch, SCRATCH).await?, desired)?;
    carry_out(scratch, &plan.down).await?;
    back(&begin, &reflect(scratch, SCRATCH).await?)
}

async fn make<C: ConnectionTrait>(scratch: &C, schema: &Schema) -> Result<(), Error> {
    for sql in statements(schema) {
        execute(scratch, &sql).await?;
    }
    Ok(())
}

fn same(actual: &Schema, made: &Schema) -> Result<(), Error> {
    let differences = told(made, actual)?;
    if differences.is_empty() {
        return Ok(());
    }
    Err(Error::Check(format!("the schema could not be made again: {}", differences.join("; "))))
}

fn nothing_left(is: &Schema, desired: &Schema) -> Result<(), Error> {
    let differences = told(is, desired)?;
    if differences.is_empty() {
        return Ok(());
    }
    Err(Error::Check(format!("the plan leaves something to change: {}", differences.join("; "))))
}

fn back(begin: &Schema, end: &Schema) -> Result<(), Error> {
    if begin.fingerprint() == end.fingerprint() {
        return Ok(());
    }
    let differences = told(end, begin)?.join("; ");
    Err(Error::Check(format!("the way back does not lead to the beginning: {differences}")))
}

fn told(actual: &Schema, desired: &Schema) -> Result<Vec<String>, Error> {
    let comparison = compare(actual, desired, &Hints::default())?;
    Ok(comparison.differences.iter().map(ToString::to_string).collect())
}
