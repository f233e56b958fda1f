//! The content of a table as one number, the same on SQLite and PostgreSQL for the same rows.
//!
//! A cell is hashed as what it means, by the [`Kind`](almanac_entity::Kind) of its column: numbers by value,
//! decimals to the scale that the entity states and instants to the microsecond, which is what PostgreSQL
//! keeps of them, JSON whatever its spacing and the order of its keys. A row is the SHA-256 of its cells, by
//! the names of their columns; a table the sum of its rows' hashes modulo 2^256, so that neither the order of
//! rows nor that of columns matters and no table is ever in memory. It tells accidents, not forgers: somebody
//! who may choose rows can find sets of them with equal sums.
//!
//! What no entity knows is hashed as it is stored, and the digest says so: such a digest is only good for
//! comparison on the same engine.

mod canonical;
mod cell;
mod decimal;
mod json;
mod known;
mod shape;
mod sum;

use std::pin::pin;

use almanac_database::{Address, Database, Mode};
use futures::TryStreamExt;
use sea_orm::{ConnectionTrait, DbBackend, Statement, StreamTrait};
use serde::{Deserialize, Serialize};

pub(crate) use canonical::{decimal, instant};
pub(crate) use cell::{Cell, Form, form, read};
pub use known::{Entities, Known, entities};
pub(crate) use shape::{Column, Table, tables};
pub(crate) use sum::hexadecimal;

use crate::{Error, Result, instant::one_instant};
use sum::Sum;

/// How often tables are read that others replace meanwhile.
const TRIES: u32 = 3;

/// What a table holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableDigest {
    /// The table's name.
    pub table: String,
    /// How many rows it has.
    pub rows: u64,
    /// 64 hexadecimal digits.
    pub digest: String,
    /// Whether an entity states the table. The cells of one that none states are hashed as stored.
    pub known: bool,
    /// Columns of a known table that its entity does not state, which are hashed as stored.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown_columns: Vec<String>,
}

/// Digests every table that `connection` sees, by name; views are no tables. Given a transaction, all are of
/// the same instant as far as its isolation has it.
///
/// # Errors
/// The engine refuses, or somebody replaces a table meanwhile.
pub async fn digests<C: ConnectionTrait + StreamTrait>(
    connection: &C,
    database: Database,
) -> Result<Vec<TableDigest>> {
    let mut digests = Vec::new();
    for table in tables(connection, database).await? {
        digests.push(digest(connection, &table).await?);
    }
    Ok(digests)
}

/// Digests every table of the database at `address` as of one committed instant.
///
/// # Errors
/// The database is missing or cannot be read.
pub async fn digests_at(address: &Address) -> Result<Vec<TableDigest>> {
    let connection = almanac_database::connect(address, Mode::Read).await?;
    let mut tries = 0;
    let digests = loop {
        let transaction = one_instant(&connection).await?;
        let digests = digests(&transaction, address.database).await;
        transaction.rollback().await?;
        tries += 1;
        if tries == TRIES || !matches!(digests, Err(Error::Replaced { .. })) {
            break digests;
        }
    };
    connection.close().await?;
    digests
}

/// The tables that differ between two sets of digests: for each its name and what is different.
pub fn differences(expected: &[TableDigest], found: &[TableDigest]) -> Vec<String> {
    let of = |digests: &[TableDigest], table: &str| {
        digests.iter().find(|digest| digest.table == table).cloned()
    };
    let mut names: Vec<&str> =
        expected.iter().chain(found).map(|digest| digest.table.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let compare = |name: &str| match (of(expected, name), of(found, name)) {
        (Some(expected), Some(found)) if expected.rows != found.rows => {
            Some(format!("{name}: {} rows instead of {}", found.rows, expected.rows))
        }
        (Some(expected), Some(found)) if expected.digest != found.digest => {
            Some(format!("{name}: its {} rows are not the same", found.rows))
        }
        (Some(_), None) => Some(format!("{name}: the table is missing")),
        (None, Some(_)) => Some(format!("{name}: the table should not be there")),
        _ => None,
    };
    names.into_iter().filter_map(compare).collect()
}

async fn digest<C: ConnectionTrait + StreamTrait>(
    connection: &C,
    table: &Table,
) -> Result<TableDigest> {
    let backend = ConnectionTrait::get_database_backend(connection);
    let select = Statement::from_string(backend, select(backend, table));
    let mut sum = Sum::new(table.columns.iter().map(|column| column.name.as_str()));
    let mut encoded = Vec::new();
    {
        // Nothing else can be asked of the connection as long as this lives.
        let mut rows = pin!(connection.stream_raw(select).await?);
        while let Some(row) = rows.try_next().await? {
            encoded.clear();
            for (index, column) in table.columns.iter().enumerate() {
                let cell = cell::read(&row, index, column)?;
                canonical::encode(column.known, &cell, &mut encoded);
            }
            sum.add(&encoded);
        }
    }
    shape::refuse_replaced(connection, table).await?;
    let unknown = table.columns.iter().filter(|column| column.known.is_none());
    Ok(TableDigest {
        table: table.name.clone(),
        rows: sum.rows(),
        digest: sum.finish(),
        known: table.known,
        unknown_columns: unknown
            .filter(|_| table.known)
            .map(|column| column.name.clone())
            .collect(),
    })
}

/// The statement that reads all cells of a table in a form that [`cell::read`] understands.
pub(crate) fn select(backend: DbBackend, table: &Table) -> String {
    let cells = table.columns.iter().map(|column| cell::expression(backend, column));
    format!(
        "SELECT {} FROM {}",
        cells.collect::<Vec<_>>().join(", "),
        crate::names::quoted(&table.name)
    )
}
