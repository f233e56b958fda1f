//! A cell as bytes that are the same on both engines.

use almanac_entity::Kind;
use chrono::{DateTime, NaiveDateTime};
use uuid::Uuid;

use super::{Cell, Known, decimal::Decimal, json};

/// What a cell means.
enum Meaning {
    Null,
    Boolean(bool),
    Integer(i64),
    Real(f64),
    Decimal(Decimal),
    /// Microseconds since 1970.
    Instant(i64),
    Text(String),
    Json(String),
    Uuid(Uuid),
    Blob(Vec<u8>),
}

/// Appends the cell: a letter for its type, its length, itself.
pub(super) fn encode(known: Option<Known>, cell: &Cell, out: &mut Vec<u8>) {
    let meaning = known.and_then(|known| stated(known, cell)).unwrap_or_else(|| stored(cell));
    let mut push = |letter: u8, bytes: &[u8]| {
        out.push(letter);
        out.extend((bytes.len() as u64).to_be_bytes());
        out.extend(bytes);
    };
    match meaning {
        Meaning::Null => push(b'0', &[]),
        Meaning::Boolean(yes) => push(b'b', &[u8::from(yes)]),
        Meaning::Integer(number) => push(b'i', &number.to_be_bytes()),
        Meaning::Real(number) => push(b'r', &number.to_bits().to_be_bytes()),
        Meaning::Decimal(number) => push(b'd', number.to_string().as_bytes()),
        Meaning::Instant(microseconds) => push(b't', &microseconds.to_be_bytes()),
        Meaning::Text(text) => push(b's', text.as_bytes()),
        Meaning::Json(text) => push(b'j', text.as_bytes()),
        Meaning::Uuid(uuid) => push(b'u', uuid.as_bytes()),
        Meaning::Blob(bytes) => push(b'x', &bytes),
    }
}

/// What a cell means by its column's kind; none where it is not of that kind, as in old files.
fn stated(known: Known, cell: &Cell) -> Option<Meaning> {
    match (known.kind, cell) {
        (Kind::Boolean, Cell::Boolean(yes)) => Some(Meaning::Boolean(*yes)),
        (Kind::Boolean, Cell::Integer(number)) => Some(Meaning::Boolean(*number != 0)),
        (Kind::Decimal, _) => {
            let number = decimal(cell)?;
            Some(Meaning::Decimal(match known.scale {
                Some(scale) => number.rounded(scale),
                None => number,
            }))
        }
        (Kind::DateTime, Cell::Text(text)) => instant(text).map(Meaning::Instant),
        (Kind::Json | Kind::JsonText, Cell::Text(text)) => json::canonical(text).map(Meaning::Json),
        (Kind::Uuid, Cell::Blob(bytes)) => Uuid::from_slice(bytes).ok().map(Meaning::Uuid),
        (Kind::Uuid, Cell::Text(text)) => Uuid::parse_str(text).ok().map(Meaning::Uuid),
        _ => None,
    }
}

/// What a cell is by itself: numbers by value, whether the engine calls them whole or not.
fn stored(cell: &Cell) -> Meaning {
    match cell {
        Cell::Null => Meaning::Null,
        Cell::Boolean(yes) => Meaning::Integer(i64::from(*yes)),
        Cell::Integer(number) => Meaning::Integer(*number),
        Cell::Real(number) => real(*number),
        Cell::Text(text) => Meaning::Text(text.clone()),
        Cell::Blob(bytes) => Meaning::Blob(bytes.clone()),
    }
}

fn real(number: f64) -> Meaning {
    // 2^63 is a double, the largest whole number of 64 bits is not.
    let whole = number.fract() == 0.0 && (-TWO_63..TWO_63).contains(&number);
    #[expect(clippy::cast_possible_truncation, reason = "a whole number within the bounds")]
    match whole {
        true => Meaning::Integer(number as i64),
        false if number.is_nan() => Meaning::Real(f64::NAN),
        false => Meaning::Real(number),
    }
}

const TWO_63: f64 = 9_223_372_036_854_775_808.0;

/// The number in a cell of a decimal column, which SQLite keeps as a floating-point number.
pub(crate) fn decimal(cell: &Cell) -> Option<Decimal> {
    match cell {
        Cell::Integer(number) => Decimal::parse(&number.to_string()),
        Cell::Real(number) => Decimal::of(*number),
        Cell::Text(text) => Decimal::parse(text),
        Cell::Null | Cell::Boolean(_) | Cell::Blob(_) => None,
    }
}

/// The microseconds since 1970 of an instant as either engine spells it, finer parts cut off. Without an
/// offset it is in UTC.
pub(crate) fn instant(text: &str) -> Option<i64> {
    let years = text.bytes().take_while(u8::is_ascii_digit).count();
    let text = if years > 4 { format!("+{text}") } else { text.to_owned() };
    let offset = DateTime::parse_from_rfc3339(&text)
        .or_else(|_| DateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S%.f%#z"));
    let instant = match offset {
        Ok(instant) => instant.to_utc(),
        Err(_) => ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f"]
            .iter()
            .find_map(|format| NaiveDateTime::parse_from_str(&text, format).ok())?
            .and_utc(),
    };
    Some(instant.timestamp_micros())
}
