//! From one schema to another and back, with rows.

use migration_schema::{
    Engine, Hints, Plan, Schema, Table, apply, compare, prove, reflect, statements,
};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};

use super::random;

/// Executes statements, all at once: a server that keeps what it is told takes its time for each.
pub(crate) async fn run(connection: &DatabaseConnection, sql: &[String]) -> Result<(), String> {
    let sql = sql.join(";\n");
    let run = connection.execute_unprepared(&sql).await;
    run.map(|_| ()).map_err(|error| format!("{sql}: {error}"))
}

/// Fails with what there is to change.
pub(crate) fn same(is: &Schema, should: &Schema) -> Result<(), String> {
    let found = compare(is, should, &Hints::default()).map_err(|error| error.to_string())?;
    let found: Vec<String> = found.differences.iter().map(ToString::to_string).collect();
    if found.is_empty() { Ok(()) } else { Err(found.join("; ")) }
}

/// Goes from the schema `name` of a connection to `desired` and back; rows of both sides stay as they were.
pub(crate) async fn there_and_back(
    connection: &DatabaseConnection,
    name: &str,
    desired: &Schema,
) -> Result<(), String> {
    let actual = reflect(connection, name).await.map_err(|error| error.to_string())?;
    run(connection, &random::rows(&actual)).await?;
    let hints = random::hints(actual.engine);
    let plan = Plan::between(&actual, desired, &hints).map_err(|error| error.to_string())?;
    let told = told(&plan);
    let shown = |error: migration_schema::Error| format!("{error}\n{told}");
    prove(connection, &actual, desired, &plan).await.map_err(shown)?;

    let before = rows(connection, &actual, desired).await?;
    apply(connection, name, &plan.up).await.map_err(shown)?;
    let now = reflect(connection, name).await.map_err(|error| error.to_string())?;
    same(&now, desired)?;
    let after = rows(connection, &actual, desired).await?;
    let kept = |(was, is): (&Option<String>, &Option<String>)| {
        was.as_deref().is_none_or(|was| was == "NULL") || was == is
    };
    if before.len() != after.len() || !before.iter().zip(&after).all(kept) {
        return Err(format!("rows changed from {before:?} to {after:?}\n{told}"));
    }
    apply(connection, name, &plan.down).await.map_err(shown)?;
    let end = reflect(connection, name).await.map_err(|error| error.to_string())?;
    same(&end, &actual)?;
    if end.fingerprint() != actual.fingerprint() {
        return Err(format!("the fingerprint is another\n{told}"));
    }
    Ok(())
}

fn told(plan: &Plan) -> String {
    let steps = |operations: &[migration_schema::Operation]| {
        let steps = operations.iter().flat_map(|operation| &operation.steps);
        steps.map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    format!("up:\n{}\ndown:\n{}", steps(&plan.up), steps(&plan.down))
}

/// All values of the columns that both schemas have alike.
async fn rows(
    connection: &DatabaseConnection,
    actual: &Schema,
    desired: &Schema,
) -> Result<Vec<Option<String>>, String> {
    let mut values = Vec::new();
    for table in &actual.tables {
        let Some(other) = desired.table(&table.name) else { continue };
        for column in shared(actual.engine, table, other) {
            values.extend(
                column_values(connection, &table.name, &column)
                    .await
                    .map_err(|error| error.to_string())?,
            );
        }
    }
    Ok(values)
}

fn shared(engine: Engine, table: &Table, other: &Table) -> Vec<String> {
    let alike = |column: &&migration_schema::Column| {
        other.column(engine, &column.name).is_some_and(|one| {
            one.ty == column.ty && one.generated.is_none() && column.generated.is_none()
        })
    };
    table.columns.iter().filter(alike).map(|column| column.name.clone()).collect()
}

async fn column_values(
    connection: &DatabaseConnection,
    table: &str,
    column: &str,
) -> Result<Vec<Option<String>>, DbErr> {
    let backend = connection.get_database_backend();
    let value = match backend {
        DbBackend::Sqlite => format!("quote(\"{column}\")"),
        // Whatever the column's collation, which may change under a statement that is kept.
        _ => format!("CAST(\"{column}\" AS text) COLLATE \"C\""),
    };
    let sql = format!("SELECT {value} FROM {table} ORDER BY id");
    let rows = connection.query_all_raw(Statement::from_string(backend, sql)).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

/// Makes a random schema where there is nothing, reads it, and makes what was read again.
pub(crate) async fn made_again(
    one: (&DatabaseConnection, &str),
    other: (&DatabaseConnection, &str),
    schema: &Schema,
) -> Result<(), String> {
    let mut fingerprints = Vec::new();
    let mut wanted = schema.clone();
    for (connection, name) in [one, other] {
        run(connection, &statements(&wanted)).await?;
        let read = reflect(connection, name).await.map_err(|error| error.to_string())?;
        if let [_] = fingerprints.as_slice() {
            same(&read, &wanted)?;
        }
        if read.tables.len() != schema.tables.len() || !read.unmanaged.is_empty() {
            return Err(format!("not everything was read: {read:?}"));
        }
        fingerprints.push(read.fingerprint());
        wanted = read;
    }
    if fingerprints.windows(2).all(|two| two[0] == two[1]) {
        Ok(())
    } else {
        Err("the fingerprint is another".to_owned())
    }
}
