//! What a column holds, whatever its table: the one place that reads it from SeaORM's definitions.

use sea_orm::{ColumnTrait, Value, sea_query::ColumnType};

use crate::{Vocabulary, vocabularies};

/// What a column holds.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Text.
    Text,
    /// A whole number of 32 bits.
    Int,
    /// A whole number of 64 bits.
    BigInt,
    /// A 64-bit floating-point number.
    Float,
    /// A decimal.
    Decimal,
    /// Yes or no.
    Boolean,
    /// An instant stored as [`UnixTime`](crate::UnixTime).
    UnixTime,
    /// An instant stored as the engine's timestamp.
    DateTime,
    /// A JSON document stored as [`JsonText`](crate::JsonText).
    JsonText,
    /// A JSON document stored as the engine's JSON.
    Json,
    /// A UUID.
    Uuid,
    /// One of a vocabulary's words.
    Word(&'static Vocabulary),
}

impl Kind {
    /// No value, of the type that the engine expects.
    pub const fn null(self) -> Value {
        match self {
            Self::Text | Self::Word(_) | Self::JsonText => Value::String(None),
            Self::Int => Value::Int(None),
            Self::BigInt => Value::BigInt(None),
            Self::Float | Self::UnixTime => Value::Double(None),
            Self::Decimal => Value::Decimal(None),
            Self::Boolean => Value::Bool(None),
            Self::DateTime => Value::ChronoDateTimeUtc(None),
            Self::Json => Value::Json(None),
            Self::Uuid => Value::Uuid(None),
        }
    }
}

/// What `column` holds.
///
/// # Panics
/// On a column of a type that no table of Almanac has; a test visits every column of every table.
pub fn kind<C: ColumnTrait>(column: &C) -> Kind {
    match column.enum_type_name() {
        Some("UnixTime") => return Kind::UnixTime,
        Some("JsonText") => return Kind::JsonText,
        Some(name) => {
            let vocabulary = vocabularies().find(|vocabulary| vocabulary.column == name);
            return Kind::Word(vocabulary.expect("every enumeration is in a list of vocabularies"));
        }
        None => {}
    }
    match column.def().get_column_type() {
        ColumnType::Text | ColumnType::String(_) => Kind::Text,
        ColumnType::Integer => Kind::Int,
        ColumnType::BigInteger => Kind::BigInt,
        ColumnType::Double => Kind::Float,
        ColumnType::Decimal(_) => Kind::Decimal,
        ColumnType::Boolean => Kind::Boolean,
        ColumnType::TimestampWithTimeZone => Kind::DateTime,
        ColumnType::Json | ColumnType::JsonBinary => Kind::Json,
        ColumnType::Uuid => Kind::Uuid,
        other => unreachable!("no table has a column of type {other:?}"),
    }
}
