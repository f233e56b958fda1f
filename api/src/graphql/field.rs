//! The columns of a table as fields of a graph, read once from the entity.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    sync::{LazyLock, Mutex},
};

use almanac_entity::{Kind, Table, kind};
use async_graphql::{ID, Name, Value as GraphValue};
use heck::{ToLowerCamelCase, ToShoutySnakeCase};
use sea_orm::{ColumnTrait, IdenStatic, Iterable, Value};

/// A field that shows a column.
#[derive(Debug)]
pub(crate) struct Field<E: Table> {
    /// Its name in the graph.
    pub(crate) name: String,
    pub(crate) column: E::Column,
    pub(crate) kind: Kind,
    pub(crate) nullable: bool,
    pub(crate) description: &'static str,
    pub(crate) shown: Shown,
}

/// What a field shows of its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// The value.
    Value,
    /// A whole number of 64 bits that tells rows apart.
    Id,
    /// The text of a word that may lie outside its vocabulary.
    Text,
}

/// The fields of a table, in the columns' order.
pub(crate) fn fields<E: Table>() -> &'static [Field<E>] {
    static KNOWN: LazyLock<Mutex<HashMap<TypeId, &'static (dyn Any + Send + Sync)>>> =
        LazyLock::new(Mutex::default);
    let mut known = KNOWN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let known = known
        .entry(TypeId::of::<E>())
        .or_insert_with(|| Box::leak(Box::new(read_fields::<E>())) as &(dyn Any + Send + Sync));
    known.downcast_ref::<Vec<Field<E>>>().expect("the map's key is the entity's type")
}

fn read_fields<E: Table>() -> Vec<Field<E>> {
    let mut fields = Vec::new();
    for (column, description) in E::Column::iter().zip(E::column_descriptions()) {
        let kind = kind(&column);
        let is_id = column.as_str() == "id" || column.as_str().ends_with("_id");
        let field = |name, shown, description| Field {
            name,
            column,
            kind,
            nullable: column.def().is_null(),
            description,
            shown,
        };
        let name = field_name(column.as_str());
        let shown = if is_id && matches!(kind, Kind::BigInt) { Shown::Id } else { Shown::Value };
        fields.push(field(name.clone(), shown, description.trim()));
        if matches!(kind, Kind::Word(vocabulary) if vocabulary.open) {
            let text = "The word as stored, also where it lies outside the vocabulary.";
            fields.push(field(format!("{name}Text"), Shown::Text, text));
        }
    }
    fields
}

/// A column's name in the graph. `id` is the row's own name in the whole graph, so a column of that name
/// steps aside.
pub(crate) fn field_name(column: &str) -> String {
    if column == "id" { "rowId".to_owned() } else { column.to_lower_camel_case() }
}

impl<E: Table> Field<E> {
    /// The type's name in the graph, without the mark of what is never null.
    pub(crate) fn type_name(&self) -> &'static str {
        match (self.shown, self.kind) {
            (Shown::Text, _) | (_, Kind::Text) => "String",
            (Shown::Id, _) | (_, Kind::Uuid) => "ID",
            (_, Kind::Int) => "Int",
            (_, Kind::BigInt) => "BigInt",
            (_, Kind::Float | Kind::Decimal) => "Float",
            (_, Kind::Boolean) => "Boolean",
            (_, Kind::UnixTime | Kind::DateTime) => "DateTime",
            (_, Kind::JsonText | Kind::Json) => "JSON",
            (_, Kind::Word(vocabulary)) => vocabulary.name,
        }
    }

    /// A cell as the field shows it.
    pub(crate) fn show(&self, value: &Value) -> GraphValue {
        show(value, self.kind, self.shown)
    }
}

/// A cell of a column as the graph shows it.
fn show(value: &Value, kind: Kind, shown: Shown) -> GraphValue {
    match value {
        Value::Bool(Some(flag)) => GraphValue::Boolean(*flag),
        Value::Int(Some(number)) => (*number).into(),
        Value::BigInt(Some(number)) => GraphValue::String(number.to_string()),
        Value::Double(Some(number)) if matches!(kind, Kind::UnixTime) => {
            let time = almanac_entity::UnixTime(*number).date_time();
            time.map_or(GraphValue::Null, |time| GraphValue::String(instant(time)))
        }
        Value::Double(Some(number)) => float(*number),
        Value::Decimal(Some(number)) => number.to_string().parse().map_or(GraphValue::Null, float),
        Value::Uuid(Some(id)) => GraphValue::String(ID::from(*id).to_string()),
        Value::ChronoDateTimeUtc(Some(time)) => GraphValue::String(instant(*time)),
        Value::Json(Some(json)) => json_value(json),
        Value::String(Some(text)) => match (shown, kind) {
            (Shown::Value, Kind::Word(vocabulary)) => GraphValue::Enum(Name::new(
                vocabulary
                    .terms
                    .iter()
                    .find(|term| term.label == *text)
                    .map_or_else(|| "OTHER".to_owned(), |term| term.variant.to_shouty_snake_case()),
            )),
            (_, Kind::JsonText) => json_value(&almanac_entity::JsonText::from(text.clone()).0),
            _ => GraphValue::String(text.clone()),
        },
        _ => GraphValue::Null,
    }
}

fn instant(time: chrono::DateTime<chrono::Utc>) -> String {
    time.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

/// A number; what is not finite has no place in JSON.
pub(crate) fn float(number: f64) -> GraphValue {
    serde_json::Number::from_f64(number).map_or(GraphValue::Null, GraphValue::Number)
}

fn json_value(json: &serde_json::Value) -> GraphValue {
    GraphValue::from_json(json.clone()).unwrap_or(GraphValue::Null)
}
