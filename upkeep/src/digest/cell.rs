//! A cell as an engine stores it.

use sea_orm::{
    DbBackend, DbErr, QueryResult,
    sqlx::{
        Decode, Postgres, Row, Sqlite, TypeInfo, ValueRef, error::BoxDynError, postgres::PgRow,
        sqlite::SqliteRow,
    },
};

use super::Column;
use crate::{Result, names::quoted};

/// What an engine stores.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    /// Nothing.
    Null,
    /// Yes or no; on PostgreSQL only.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A floating-point number.
    Real(f64),
    /// Text. Whatever PostgreSQL has no simpler form for is text here, instants in UTC.
    Text(String),
    /// Bytes; text of SQLite that is not UTF-8 too.
    Blob(Vec<u8>),
}

/// The form in which PostgreSQL hands out values of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Boolean,
    Integer,
    Real,
    Text,
    Blob,
}

/// The form of values of a type, by its name in PostgreSQL.
pub(crate) fn form(declared: &str) -> Form {
    match declared {
        "boolean" => Form::Boolean,
        "smallint" | "integer" | "bigint" => Form::Integer,
        "real" | "double precision" => Form::Real,
        "bytea" => Form::Blob,
        _ => Form::Text,
    }
}

/// What to select so that [`read`] understands it.
pub(super) fn expression(backend: DbBackend, column: &Column) -> String {
    let name = quoted(&column.name);
    if backend != DbBackend::Postgres {
        return name;
    }
    match (form(&column.declared), column.declared.as_str()) {
        (Form::Boolean | Form::Blob, _) => name,
        (Form::Integer, _) => format!("{name}::bigint"),
        (Form::Real, _) => format!("{name}::double precision"),
        (Form::Text, "timestamp with time zone") => format!("({name} AT TIME ZONE 'UTC')::text"),
        (Form::Text, _) => format!("{name}::text"),
    }
}

/// The cell at `index` of a row that was selected by [`expression`]s.
pub(crate) fn read(row: &QueryResult, index: usize, column: &Column) -> Result<Cell> {
    let cell = match (row.try_as_sqlite_row(), row.try_as_pg_row()) {
        (Some(row), _) => of_sqlite(row, index),
        (_, Some(row)) => of_postgres(row, index, form(&column.declared)),
        _ => Err("it is of neither SQLite nor PostgreSQL".into()),
    };
    cell.map_err(|error| DbErr::Type(format!("column {}: {error}", column.name)).into())
}

fn of_sqlite(row: &SqliteRow, index: usize) -> std::result::Result<Cell, BoxDynError> {
    let value = row.try_get_raw(index)?;
    if value.is_null() {
        return Ok(Cell::Null);
    }
    let stored = value.type_info().name().to_owned();
    Ok(match stored.as_str() {
        "INTEGER" => Cell::Integer(<i64 as Decode<Sqlite>>::decode(value)?),
        "REAL" => Cell::Real(<f64 as Decode<Sqlite>>::decode(value)?),
        "TEXT" => {
            let bytes = <Vec<u8> as Decode<Sqlite>>::decode(value)?;
            String::from_utf8(bytes).map_or_else(|error| Cell::Blob(error.into_bytes()), Cell::Text)
        }
        _ => Cell::Blob(<Vec<u8> as Decode<Sqlite>>::decode(value)?),
    })
}

fn of_postgres(row: &PgRow, index: usize, form: Form) -> std::result::Result<Cell, BoxDynError> {
    let value = row.try_get_raw(index)?;
    if value.is_null() {
        return Ok(Cell::Null);
    }
    Ok(match form {
        Form::Boolean => Cell::Boolean(<bool as Decode<Postgres>>::decode(value)?),
        Form::Integer => Cell::Integer(<i64 as Decode<Postgres>>::decode(value)?),
        Form::Real => Cell::Real(<f64 as Decode<Postgres>>::decode(value)?),
        Form::Text => Cell::Text(<String as Decode<Postgres>>::decode(value)?),
        Form::Blob => Cell::Blob(<Vec<u8> as Decode<Postgres>>::decode(value)?),
    })
}
