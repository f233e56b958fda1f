//! Rows as nodes: each has a name in the whole graph by which it can be asked for again.

use std::sync::Arc;

use almanac_entity::{Kind, Table, kind};
use almanac_service::Row;
use async_graphql::{ID, OutputType};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sea_orm::{Iterable, PrimaryKeyToColumn, Value, prelude::Uuid};
use serde_json::Value as Json;

use super::{columns::Columns, loader::Siblings};

/// An object of the graph that shows a row.
pub trait Node: OutputType + From<Columns<Self::Entity>> + Send + Sync + 'static {
    /// The row's table.
    type Entity: Table;

    /// The columns through which the object's edges lead to other rows.
    fn links() -> Vec<<Self::Entity as sea_orm::EntityTrait>::Column>;
}

/// The columns of a table.
pub(crate) type ColumnOf<N> = <<N as Node>::Entity as sea_orm::EntityTrait>::Column;

/// Objects for rows read together.
pub(crate) fn nodes<N: Node>(rows: Vec<Row<N::Entity>>) -> Vec<N> {
    let siblings = Arc::new(Siblings::new(rows));
    (0..siblings.rows.len()).map(|index| N::from(Columns::new(siblings.clone(), index))).collect()
}

/// The primary key's columns.
pub(crate) fn key_columns<E: Table>() -> Vec<E::Column> {
    E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column).collect()
}

/// A row's name in the whole graph: its type and primary key. The row holds its primary key.
pub(crate) fn global_id<E: Table>(row: &Row<E>) -> ID {
    let key = key_columns::<E>().into_iter().map(|column| match row.value(column) {
        Some(Value::String(Some(text))) => Json::from(text.as_str()),
        Some(Value::BigInt(Some(id))) => Json::from(id.to_string()),
        Some(Value::Double(Some(number))) => Json::from(number.to_string()),
        Some(Value::Uuid(Some(id))) => Json::from(id.to_string()),
        _ => Json::Null,
    });
    let parts: Vec<Json> = std::iter::once(Json::from(E::NAME)).chain(key).collect();
    ID(BASE64_URL_SAFE_NO_PAD.encode(Json::from(parts).to_string()))
}

/// The type a global id names, and the key's parts as text; none where the text is no global id.
pub(crate) fn read_global_id(id: &str) -> Option<(String, Vec<String>)> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(id).ok()?;
    let mut parts: Vec<String> = serde_json::from_slice(&bytes).ok()?;
    if parts.is_empty() {
        return None;
    }
    let name = parts.remove(0);
    Some((name, parts))
}

/// The primary key's values from the parts of a global id; none where they are of another type.
pub(crate) fn key_values<E: Table>(parts: &[String]) -> Option<Vec<(E::Column, Value)>> {
    let columns = key_columns::<E>();
    if columns.len() != parts.len() {
        return None;
    }
    let value = |(column, part): (E::Column, &String)| {
        let value: Value = match kind(&column) {
            Kind::BigInt => part.parse::<i64>().ok()?.into(),
            Kind::Float | Kind::UnixTime => part.parse::<f64>().ok()?.into(),
            Kind::Uuid => part.parse::<Uuid>().ok()?.into(),
            _ => part.as_str().into(),
        };
        Some((column, value))
    };
    columns.into_iter().zip(parts).map(value).collect()
}
