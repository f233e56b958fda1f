//! The rows of a table, in chunks.

use std::pin::pin;

use futures::TryStreamExt;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Statement, StreamTrait, Value};

use super::value::{placeholder, value};
use crate::{
    Error, Result,
    digest::{self, Column, Table},
    names::{quoted, quoted_list},
};

/// Rows of a chunk at most.
const ROWS: usize = 500;
/// Values of a statement at most; SQLite takes 32,766.
const VALUES: usize = 30_000;

/// Copies all rows of a table, in one order of columns on both sides. `progress` is told how many there are.
pub(super) async fn copy(
    from: &DatabaseTransaction,
    to: &DatabaseTransaction,
    (source, target): (&Table, &Table),
    progress: &mut (impl FnMut(u64) + Send),
) -> Result<()> {
    let backend = ConnectionTrait::get_database_backend(to);
    let mut columns = Vec::new();
    for column in &source.columns {
        let there = target.columns.iter().find(|there| there.name == column.name);
        columns.push(there.ok_or_else(|| {
            let reason = format!("{}.{} would be lost; drop it first", source.name, column.name);
            Error::refused("source", reason)
        })?);
    }
    let chunk = (VALUES / columns.len().max(1)).clamp(1, ROWS);
    let select = digest::select(ConnectionTrait::get_database_backend(from), source);
    let select = Statement::from_string(ConnectionTrait::get_database_backend(from), select);
    let mut rows = pin!(from.stream_raw(select).await?);
    let (mut values, mut waiting, mut copied) = (Vec::new(), 0, 0);
    progress(0);
    while let Some(row) = rows.try_next().await? {
        for (index, (original, column)) in source.columns.iter().zip(&columns).enumerate() {
            let cell = digest::read(&row, index, original)?;
            values.push(value(backend, column, &cell).map_err(|reason| {
                let reason = format!("{}.{}: {reason}", source.name, column.name);
                Error::refused("source", reason)
            })?);
        }
        waiting += 1;
        if waiting == chunk {
            insert(to, backend, (target, &columns), std::mem::take(&mut values), waiting).await?;
            copied += waiting as u64;
            waiting = 0;
            progress(copied);
        }
    }
    if waiting > 0 {
        insert(to, backend, (target, &columns), values, waiting).await?;
        progress(copied + waiting as u64);
    }
    Ok(())
}

async fn insert(
    to: &DatabaseTransaction,
    backend: DbBackend,
    (table, columns): (&Table, &[&Column]),
    values: Vec<Value>,
    rows: usize,
) -> Result<()> {
    let row = |row: usize| {
        let numbers = 1 + row * columns.len()..;
        let places = columns.iter().zip(numbers);
        let places: Vec<String> =
            places.map(|(column, number)| placeholder(backend, column, number)).collect();
        format!("({})", places.join(", "))
    };
    let rows: Vec<String> = (0..rows).map(row).collect();
    // The numbers of rows are the source's, though PostgreSQL counts them by itself.
    let overriding = if backend == DbBackend::Postgres { "OVERRIDING SYSTEM VALUE " } else { "" };
    let sql = format!(
        "INSERT INTO {} ({}) {overriding}VALUES {}",
        quoted(&table.name),
        quoted_list(columns.iter().map(|column| column.name.as_str())),
        rows.join(", ")
    );
    to.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    Ok(())
}

/// Deletes all rows of a table.
pub(super) async fn clear(to: &DatabaseTransaction, table: &Table) -> Result<()> {
    to.execute_unprepared(&format!("DELETE FROM {}", quoted(&table.name))).await?;
    Ok(())
}

/// Puts the triggers of tables out of action: they have done with these rows what they had to, and some forbid
/// what is done here. Returns the statements that bring them back.
pub(super) async fn without_triggers(
    to: &DatabaseTransaction,
    tables: &[Table],
) -> Result<Vec<String>> {
    let mut back = Vec::new();
    if ConnectionTrait::get_database_backend(to) == DbBackend::Postgres {
        for table in tables {
            let alter =
                |verb: &str| format!("ALTER TABLE {} {verb} TRIGGER USER", quoted(&table.name));
            to.execute_unprepared(&alter("DISABLE")).await?;
            back.push(alter("ENABLE"));
        }
        return Ok(back);
    }
    let triggers = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'";
    for row in to.query_all_raw(Statement::from_string(DbBackend::Sqlite, triggers)).await? {
        let (name, sql): (String, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        to.execute_unprepared(&format!("DROP TRIGGER {}", quoted(&name))).await?;
        back.push(sql);
    }
    Ok(back)
}

/// Brings triggers back.
pub(super) async fn with_triggers(to: &DatabaseTransaction, back: Vec<String>) -> Result<()> {
    for sql in back {
        to.execute_unprepared(&sql).await?;
    }
    Ok(())
}
