//! Rows that name others which are not there, in whichever databases the two are.

use std::pin::pin;

use almanac_database::{Address, Database, Mode};
use futures::{Stream, TryStreamExt};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, QueryResult, Statement, StreamTrait,
};

use super::Finding;
use crate::{Result, names::quoted};

/// Names that are shown of many.
const SHOWN: usize = 3;

/// A column.
struct Place {
    database: Database,
    table: &'static str,
    column: &'static str,
}

const fn place(database: Database, table: &'static str, column: &'static str) -> Place {
    Place { database, table, column }
}

/// The references that no foreign key watches everywhere: those across databases, and those that files of the
/// Python pipeline have no key for. What names a source is none of them, for its writers spell sources
/// differently; nor is what an index that is filled now and then may not know yet.
const REFERENCES: [(Place, Place); 9] = {
    use Database::{CalRegistry, DataRegistry, Ingest, Products};
    [
        (place(Products, "images", "ms_path"), place(Products, "ms_index", "path")),
        (place(Products, "photometry", "image_path"), place(Products, "images", "path")),
        (place(Products, "ms_index", "group_id"), place(Ingest, "ingest_queue", "group_id")),
        (
            place(Products, "calibrator_transits", "group_id"),
            place(Ingest, "ingest_queue", "group_id"),
        ),
        (
            place(Products, "batch_job_items", "data_id"),
            place(DataRegistry, "data_registry", "data_id"),
        ),
        (place(CalRegistry, "caltables", "source_ms_path"), place(Products, "ms_index", "path")),
        (place(CalRegistry, "calibration_applied", "ms_path"), place(Products, "ms_index", "path")),
        (
            place(CalRegistry, "calibration_applied", "caltable_path"),
            place(CalRegistry, "caltables", "path"),
        ),
        (
            place(CalRegistry, "calibration_fence", "calibrator_ms"),
            place(Products, "ms_index", "path"),
        ),
    ]
};

/// Rows that name others which are not there. `addresses` are of databases that are well; a reference from or to
/// another one is not followed, nor is one to a table without rows, which nobody fills.
///
/// Two statements for each reference, whose answers are read side by side: neither is ever in memory.
///
/// # Errors
/// A database cannot be read.
pub async fn references(addresses: &[Address]) -> Result<Vec<Finding>> {
    let find = |database| addresses.iter().find(|address| address.database == database);
    let mut findings = Vec::new();
    for (child, parent) in &REFERENCES {
        let (Some(from), Some(to)) = (find(child.database), find(parent.database)) else {
            continue;
        };
        let from = almanac_database::connect(from, Mode::Read).await?;
        let to = almanac_database::connect(to, Mode::Read).await?;
        let found = orphans((&from, child), (&to, parent)).await;
        from.close().await?;
        to.close().await?;
        let (count, shown) = found?;
        if count > 0 {
            findings.push(finding(child, parent, count, &shown));
        }
    }
    Ok(findings)
}

fn finding(child: &Place, parent: &Place, count: u64, shown: &[String]) -> Finding {
    let Place { database, table, column } = child;
    let more = if count > shown.len() as u64 { ", …" } else { "" };
    let problem = format!(
        "{table}.{column} names {count} rows that {}.{} does not have: {}{more}",
        parent.database,
        parent.table,
        shown.join(", "),
    );
    let remedy = format!(
        "`almanac import {} {} FILE` adds what is missing; what is there no more has no use for the rows that name \
         it",
        parent.database, parent.table
    );
    Finding::new(database, problem, remedy)
}

/// How many values of a column are in no row of the other, and some of them.
async fn orphans(
    (from, child): (&DatabaseConnection, &Place),
    (to, parent): (&DatabaseConnection, &Place),
) -> Result<(u64, Vec<String>)> {
    let mut children = pin!(from.stream_raw(values(from, child)).await?);
    let mut parents = pin!(to.stream_raw(values(to, parent)).await?);
    let (mut count, mut shown) = (0, Vec::new());
    let mut there = next(&mut parents).await?;
    if there.is_none() {
        return Ok((0, shown));
    }
    while let Some(wanted) = next(&mut children).await? {
        while there.as_ref().is_some_and(|there| *there < wanted) {
            there = next(&mut parents).await?;
        }
        if there.as_ref() != Some(&wanted) {
            count += 1;
            if shown.len() < SHOWN {
                shown.push(wanted);
            }
        }
    }
    Ok((count, shown))
}

/// The statement that reads the values of a column in the order of their bytes, each once.
fn values(connection: &DatabaseConnection, place: &Place) -> Statement {
    let backend = ConnectionTrait::get_database_backend(connection);
    let bytes = if backend == DbBackend::Postgres { " COLLATE \"C\"" } else { "" };
    let (column, table) = (quoted(place.column), quoted(place.table));
    let sql = format!(
        "SELECT DISTINCT {column}{bytes} FROM {table} WHERE {column} IS NOT NULL AND {column} <> '' ORDER BY 1"
    );
    Statement::from_string(backend, sql)
}

async fn next(
    rows: &mut (impl Stream<Item = std::result::Result<QueryResult, DbErr>> + Unpin),
) -> Result<Option<String>> {
    let row = rows.try_next().await?;
    Ok(row.map(|row| row.try_get_by_index(0)).transpose()?)
}
