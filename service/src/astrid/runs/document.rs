//! The documents that workers and settings speak by.

use almanac_entity::{Table, astrid::system_config};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IdenStatic, QueryFilter, Value, prelude::Json,
    sea_query::sea_value_to_json_value,
};
use serde::de::DeserializeOwned;

use crate::{Error, Result, Row};

/// A row as workers read it, decimals being numbers.
pub(in crate::astrid) fn of_row<E: Table>(row: &E::Model) -> Json {
    let cell = |value: &Value| match value {
        Value::Decimal(Some(number)) => f64::try_from(*number).unwrap_or_default().into(),
        Value::ChronoDateTimeUtc(Some(instant)) => instant.to_rfc3339().into(),
        Value::Uuid(Some(id)) => id.to_string().into(),
        other => sea_value_to_json_value(other),
    };
    let row = Row::<E>::of_model(row);
    Json::Object(
        row.cells().map(|(column, _, value)| (column.as_str().to_owned(), cell(value))).collect(),
    )
}

/// What a worker found, read from its document. What is not known there is not looked at.
///
/// # Errors
/// A field is missing or of another type.
pub(in crate::astrid) fn document<T: DeserializeOwned>(output: Json) -> Result<T> {
    serde_json::from_value(output).map_err(|error| {
        let message = error.to_string();
        let missing = message.strip_prefix("missing field `").and_then(|rest| rest.split_once('`'));
        match missing {
            Some((field, _)) => Error::breaks("required", field, "the worker's result lacks it"),
            None => Error::breaks("format", "output", message),
        }
    })
}

/// An active setting; null where there is none.
pub(in crate::astrid) async fn setting<C: ConnectionTrait>(
    connection: &C,
    key: &str,
) -> Result<Json> {
    let setting = system_config::Entity::find()
        .filter(system_config::Column::Key.eq(key))
        .filter(system_config::Column::IsActive.eq(true))
        .one(connection)
        .await?;
    Ok(setting.map_or(Json::Null, |setting| setting.value))
}
