//! Where a page begins or ends.

use std::fmt::Write as _;

use almanac_entity::{Kind, Table, kind};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sea_orm::{
    IdenStatic, Value,
    prelude::{DateTimeUtc, Decimal, Uuid},
};
use serde_json::{Value as Json, json};

use crate::{
    Error, Result, Row,
    page::{SortBy, SortTerm},
};

/// The place of a row in a sorted list. Opaque to clients; it carries the table and the order it belongs
/// to, so that it is refused elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cursor(String);

impl Cursor {
    /// A cursor as a client sent it.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The cursor as a client gets it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The place of `row` in the list sorted by `terms`; the row holds all of their columns.
    pub(crate) fn of<E: Table>(terms: &[SortTerm<E>], row: &Row<E>) -> Self {
        let cell = |term: &SortTerm<E>| match term.by {
            SortBy::Column(column) => row.value(column).map_or(Json::Null, to_json),
            SortBy::Separation(_) => to_json(&row.haversine().into()),
        };
        let cells: Vec<Json> = terms.iter().map(cell).collect();
        Self(BASE64_URL_SAFE_NO_PAD.encode(json!([signature(terms), cells]).to_string()))
    }

    /// The values of the sorted columns at the cursor's place.
    pub(crate) fn values<E: Table>(&self, terms: &[SortTerm<E>]) -> Result<Vec<Value>> {
        let refused = |message: &str| Error::invalid("cursor", message);
        let (list, cells): (String, Vec<Json>) = BASE64_URL_SAFE_NO_PAD
            .decode(&self.0)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .ok_or_else(|| refused("it is none that this server gave"))?;
        if list != signature(terms) || cells.len() != terms.len() {
            return Err(refused(
                "it belongs to another list or another order; ask for the first page",
            ));
        }
        terms
            .iter()
            .zip(&cells)
            .map(|(term, cell)| match term.by {
                SortBy::Column(column) => from_json(cell, kind(&column)),
                SortBy::Separation(_) => from_json(cell, Kind::Float).filter(is_finite),
            })
            .collect::<Option<_>>()
            .ok_or_else(|| refused("it is none that this server gave"))
    }
}

fn signature<E: Table>(terms: &[SortTerm<E>]) -> String {
    let mut signature = format!("{}.{}", E::DATABASE, E::default().table_name());
    for term in terms {
        signature.push(if term.is_descending() { '-' } else { '+' });
        match term.by {
            SortBy::Column(column) => signature.push_str(column.as_str()),
            SortBy::Separation(cone) => {
                let (ra, dec) = (cone.ra_deg(), cone.dec_deg());
                let _ = write!(signature, "separation from {ra} {dec}");
            }
        }
    }
    signature
}

fn is_finite(value: &Value) -> bool {
    matches!(value, Value::Double(Some(number)) if number.is_finite())
}

/// Numbers go as text: a JSON reader may round them.
fn to_json(value: &Value) -> Json {
    match value {
        Value::Bool(Some(flag)) => json!(flag),
        Value::Int(Some(number)) => json!(number.to_string()),
        Value::BigInt(Some(number)) => json!(number.to_string()),
        Value::Double(Some(number)) => json!(number.to_string()),
        Value::String(Some(text)) => json!(text),
        Value::Uuid(Some(id)) => json!(id.to_string()),
        Value::Decimal(Some(number)) => json!(number.to_string()),
        Value::ChronoDateTimeUtc(Some(time)) => json!(time.to_rfc3339()),
        _ => Json::Null,
    }
}

fn from_json(cell: &Json, kind: Kind) -> Option<Value> {
    if let Json::Bool(flag) = cell {
        return matches!(kind, Kind::Boolean).then_some(Value::Bool(Some(*flag)));
    }
    let text = match cell {
        Json::Null => None,
        other => Some(other.as_str()?),
    };
    Some(match kind {
        Kind::Boolean => Value::Bool(None),
        Kind::Text | Kind::Word(_) | Kind::JsonText => text.map(str::to_owned).into(),
        Kind::Int => parsed::<i32>(text)?,
        Kind::BigInt => parsed::<i64>(text)?,
        Kind::Float | Kind::UnixTime => parsed::<f64>(text)?,
        Kind::Decimal => parsed::<Decimal>(text)?,
        Kind::Uuid => parsed::<Uuid>(text)?,
        Kind::DateTime => parsed::<DateTimeUtc>(text)?,
        Kind::Json => return None,
    })
}

fn parsed<T: std::str::FromStr>(text: Option<&str>) -> Option<Value>
where
    Option<T>: Into<Value>,
{
    let value = match text {
        Some(text) => Some(text.parse::<T>().ok()?),
        None => None,
    };
    Some(value.into())
}
