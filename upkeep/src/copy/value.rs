//! A cell of one engine as a value for the other.

use almanac_entity::Kind;
use chrono::DateTime;
use sea_orm::{DbBackend, Value};
use uuid::Uuid;

use crate::digest::{Cell, Column, Form, decimal, form, instant};

/// The value to bind for `cell` in a column of the target, or what is wrong with it.
pub(super) fn value(
    backend: DbBackend,
    column: &Column,
    cell: &Cell,
) -> std::result::Result<Value, String> {
    let kind = column.known.map(|known| known.kind);
    let value = match backend {
        DbBackend::Postgres => of_postgres(kind, form(&column.declared), cell),
        _ => of_sqlite(kind, cell),
    };
    value.ok_or_else(|| format!("{} cannot hold {}", column.declared, shown(cell)))
}

/// Where a value goes in a statement: PostgreSQL takes text for what has no simpler form, and is told its type.
pub(super) fn placeholder(backend: DbBackend, column: &Column, number: usize) -> String {
    match backend {
        DbBackend::Postgres => format!("${number}::{}", column.declared),
        _ => "?".to_owned(),
    }
}

fn of_postgres(kind: Option<Kind>, form: Form, cell: &Cell) -> Option<Value> {
    let text = |text: String| Value::String(Some(text));
    Some(match (kind, form, cell) {
        // A statement has one type for each of its places, so nothing has one too.
        (Some(Kind::DateTime), _, Cell::Null) => Value::ChronoDateTimeUtc(None),
        (_, Form::Boolean, Cell::Null) => Value::Bool(None),
        (_, Form::Integer, Cell::Null) => Value::BigInt(None),
        (_, Form::Real, Cell::Null) => Value::Double(None),
        (_, Form::Text, Cell::Null) => Value::String(None),
        (_, Form::Blob, Cell::Null) => Value::Bytes(None),

        (Some(Kind::DateTime), _, Cell::Text(instant)) => date_time(instant)?,
        (Some(Kind::Decimal), _, cell) => text(decimal(cell)?.to_string()),
        (Some(Kind::Uuid), _, Cell::Blob(bytes)) => text(Uuid::from_slice(bytes).ok()?.to_string()),
        (_, Form::Boolean, Cell::Boolean(yes)) => (*yes).into(),
        (_, Form::Boolean, Cell::Integer(number)) => (*number != 0).into(),
        (_, Form::Integer, Cell::Integer(number)) => (*number).into(),
        (_, Form::Real, Cell::Real(number)) => (*number).into(),
        #[expect(clippy::cast_precision_loss, reason = "numbers that would lose are refused")]
        (_, Form::Real, Cell::Integer(number)) if number.unsigned_abs() <= 1 << 53 => {
            (*number as f64).into()
        }
        (_, Form::Text, Cell::Text(words)) if !words.contains('\0') => text(words.clone()),
        (_, Form::Blob, Cell::Blob(bytes)) => bytes.clone().into(),
        _ => return None,
    })
}

fn of_sqlite(kind: Option<Kind>, cell: &Cell) -> Option<Value> {
    Some(match (kind, cell) {
        (_, Cell::Null) => Value::String(None),
        (Some(Kind::DateTime), Cell::Text(instant)) => date_time(instant)?,
        (Some(Kind::Decimal), cell) => decimal(cell)?.to_string().parse::<f64>().ok()?.into(),
        (Some(Kind::Uuid), Cell::Text(text)) => {
            Uuid::parse_str(text).ok()?.into_bytes().to_vec().into()
        }
        (_, Cell::Boolean(yes)) => i64::from(*yes).into(),
        (_, Cell::Integer(number)) => (*number).into(),
        // SQLite would make nothing of it.
        (_, Cell::Real(number)) if number.is_nan() => return None,
        (_, Cell::Real(number)) => (*number).into(),
        (_, Cell::Text(text)) => text.clone().into(),
        (_, Cell::Blob(bytes)) => bytes.clone().into(),
    })
}

fn date_time(text: &str) -> Option<Value> {
    Some(DateTime::from_timestamp_micros(instant(text)?)?.into())
}

fn shown(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => format!("the text {:?}", text.chars().take(40).collect::<String>()),
        Cell::Blob(bytes) => format!("{} bytes", bytes.len()),
        other => format!("{other:?}"),
    }
}
