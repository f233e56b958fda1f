//! Carries a plan out on SQLite, on one connection taken out of the pool: whether foreign keys are enforced
//! is the connection's own, and cannot be changed inside a transaction.

use std::sync::Arc;

use sea_orm::{
    DatabaseConnection, DbErr, RuntimeErr,
    sqlx::{
        AssertSqlSafe, Connection, Error as SqlxError, SqliteConnection, query_scalar, raw_sql,
    },
};

use crate::{
    Error,
    plan::{Operation, Step},
    text::quoted,
};

const BROKEN: &str = "SELECT COUNT(*) FROM pragma_foreign_key_check";
const VIEWS: &str = "SELECT name FROM sqlite_schema WHERE type = 'view'";

pub(crate) async fn apply(
    connection: &DatabaseConnection,
    operations: &[Operation],
) -> Result<(), Error> {
    let mut one = connection.get_sqlite_connection_pool().acquire().await.map_err(refused)?;
    let enforced: bool =
        query_scalar("PRAGMA foreign_keys").fetch_one(&mut *one).await.map_err(refused)?;
    run(&mut one, "PRAGMA foreign_keys = OFF").await?;
    let applied = in_transaction(&mut one, operations).await;
    if enforced {
        run(&mut one, "PRAGMA foreign_keys = ON").await?;
    }
    applied
}

async fn in_transaction(one: &mut SqliteConnection, operations: &[Operation]) -> Result<(), Error> {
    // Dropped, it rolls back.
    let mut transaction = one.begin_with("BEGIN IMMEDIATE").await.map_err(refused)?;
    let done = carry_out(&mut transaction, operations).await;
    match done {
        Ok(()) => transaction.commit().await.map_err(refused),
        Err(error) => {
            transaction.rollback().await.map_err(refused)?;
            // A rollback does not undo this.
            run(one, "PRAGMA legacy_alter_table = OFF").await?;
            Err(error)
        }
    }
}

async fn carry_out(one: &mut SqliteConnection, operations: &[Operation]) -> Result<(), Error> {
    // Where the check itself fails, references are no rows' fault, and nothing can be told from it.
    let broken = count(one, BROKEN).await.ok();
    let views = working_views(one).await?;
    for step in operations.iter().flat_map(|operation| &operation.steps) {
        match step {
            Step::Execute(sql) => run(one, sql).await?,
            Step::SameRows(old, new) => same_rows(one, old, new).await?,
        }
    }
    if let Some(broken) = broken {
        let now = count(one, BROKEN).await?;
        if now > broken {
            let text = format!("{now} rows would refer to nothing, {broken} did before");
            return Err(Error::Check(text));
        }
    }
    let left = working_views(one).await?;
    let present: Vec<String> = names(one).await?;
    match views.iter().find(|view| present.contains(view) && !left.contains(view)) {
        Some(view) => Err(Error::Check(format!(
            "the view {view} would work no more. Drop it first, and make it anew afterwards"
        ))),
        None => Ok(()),
    }
}

async fn same_rows(one: &mut SqliteConnection, old: &str, new: &str) -> Result<(), Error> {
    let rows = |table: &str| format!("SELECT COUNT(*) FROM {}", quoted(table));
    let (was, is) = (count(one, &rows(old)).await?, count(one, &rows(new)).await?);
    if is == was {
        return Ok(());
    }
    Err(Error::Check(format!("{new} holds {is} of the {was} rows of {old}")))
}

async fn working_views(one: &mut SqliteConnection) -> Result<Vec<String>, Error> {
    let mut working = Vec::new();
    for view in names(one).await? {
        let look = format!("SELECT 1 FROM {} LIMIT 0", quoted(&view));
        if run(one, &look).await.is_ok() {
            working.push(view);
        }
    }
    Ok(working)
}

async fn names(one: &mut SqliteConnection) -> Result<Vec<String>, Error> {
    query_scalar(VIEWS).fetch_all(one).await.map_err(refused)
}

async fn run(one: &mut SqliteConnection, sql: &str) -> Result<(), Error> {
    // Names get into SQL through one function that quotes them.
    let run = raw_sql(AssertSqlSafe(sql.to_owned())).execute(one).await;
    run.map(|_| ()).map_err(|source| Error::Statement { sql: sql.to_owned(), source: told(source) })
}

async fn count(one: &mut SqliteConnection, sql: &str) -> Result<i64, Error> {
    query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(one).await.map_err(refused)
}

fn refused(error: SqlxError) -> Error {
    told(error).into()
}

fn told(error: SqlxError) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(Arc::new(error)))
}
