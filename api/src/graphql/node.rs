//! Rows as nodes: each has a name in the whole graph by which it can be asked for again.

use std::sync::Arc;

use almanac_entity::{Kind, Table, kind};
use almanac_service::{Comparison, Filter, Repository, Row};
use async_graphql::ID;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sea_orm::{Iterable, PrimaryKeyToColumn, Value, prelude::Uuid};
use serde_json::Value as Json;

use super::{
    context::{Context, ContextExt},
    error::{Result, graph_error},
    loader::Siblings,
    object::Object,
};

/// Objects for rows read together.
pub(crate) fn objects<E: Table>(rows: Vec<Row<E>>) -> Vec<Object<E>> {
    let siblings = Arc::new(Siblings::new(rows));
    (0..siblings.rows.len()).map(|index| Object::new(siblings.clone(), index)).collect()
}

impl<E: Table> Object<E> {
    /// The object of a row that has just been written.
    pub(crate) fn of(model: &E::Model) -> Self {
        Self::new(Arc::new(Siblings::new(vec![Row::of_model(model)])), 0)
    }
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

/// The name in the whole graph of the row of a type with this primary key, as text.
pub(crate) fn id_of<const N: usize>(type_name: &str, key: [&str; N]) -> ID {
    let parts: Vec<&str> = std::iter::once(type_name).chain(key).collect();
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

/// The row with the primary key that a global id names, with all of its columns.
pub(crate) async fn find<E: Table>(ctx: &Context<'_>, key: &[String]) -> Result<Option<Object<E>>> {
    let Some(key) = key_values::<E>(key) else { return Ok(None) };
    let filter = Filter::All(
        key.into_iter()
            .map(|(column, value)| Filter::Compare(column, Comparison::Eq, value))
            .collect(),
    );
    let filter = filter.and(ctx.access().readable());
    let columns: Vec<E::Column> = E::Column::iter().collect();
    let read = async {
        let reader = ctx.reader_of::<E>().await?;
        Repository::<_, E>::new(&reader).find_row(&filter, &columns).await
    };
    let row = read.await.map_err(|error| graph_error(&error))?;
    Ok(row.and_then(|row| objects(vec![row]).pop()))
}
