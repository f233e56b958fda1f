//! Rows as input, for every table alike.

use std::{borrow::Cow, collections::HashSet, marker::PhantomData};

use almanac_entity::{Kind, Table, position};
use async_graphql::{
    InputType, InputValueError, InputValueResult, Value as GraphValue,
    registry::{MetaTypeId, Registry},
};
use sea_orm::{ActiveModelTrait, DbBackend, PrimaryKeyToColumn, PrimaryKeyTrait, Schema, Value};
use sea_orm::{IdenStatic, Iterable};

use super::{
    field::{Field, Shown, fields},
    filter::operand_value,
    meta::{input_field, input_object, register_vocabulary},
};

/// A row to be written: the columns of its table, named and typed as the graph shows them. What the
/// database numbers by itself is not among them.
#[derive(Clone, Debug)]
pub struct RowInput<E: Table> {
    values: Vec<(E::Column, Value)>,
    entity: PhantomData<E>,
}

impl<E: Table> RowInput<E> {
    /// The row, with the columns that were given.
    pub(crate) fn into_active(self) -> E::ActiveModel {
        let mut row = <E::ActiveModel as ActiveModelTrait>::default();
        for (column, value) in self.values {
            row.set(column, value);
        }
        row
    }
}

/// The fields that a row is written through.
fn writable<E: Table>() -> impl Iterator<Item = &'static Field<E>> {
    let counted: Vec<&str> = if E::PrimaryKey::auto_increment() {
        E::PrimaryKey::iter().map(|key| key.into_column().as_str()).collect()
    } else {
        Vec::new()
    };
    // The cell follows from the position.
    let cell = position::<E>().map(|position| position.cell.as_str());
    fields::<E>().iter().filter(move |field| {
        let column = field.column.as_str();
        !counted.contains(&column) && cell != Some(column)
    })
}

/// The columns that a new row has to have: neither nullable nor given by the database.
fn required<E: Table>() -> HashSet<String> {
    let table = Schema::new(DbBackend::Sqlite).create_table_from_entity(E::default());
    let has_default = |column: &str| {
        table.get_columns().iter().any(|made| {
            made.get_column_name() == column && made.get_column_spec().default.is_some()
        })
    };
    let named =
        fields::<E>().iter().filter(|field| !field.nullable).map(|field| field.column.as_str());
    named.filter(|column| !has_default(column)).map(str::to_owned).collect()
}

impl<E: Table> InputType for RowInput<E> {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        Cow::Owned(format!("{}Row", E::NAME))
    }

    fn create_type_info(registry: &mut Registry) -> String {
        registry.create_input_type::<Self, _>(MetaTypeId::InputObject, |registry| {
            let required = required::<E>();
            let has_text = |column: &str| {
                fields::<E>()
                    .iter()
                    .any(|field| field.column.as_str() == column && field.shown == Shown::Text)
            };
            let inputs: Vec<_> = writable::<E>()
                .map(|field| {
                    register_vocabulary(registry, field.type_name());
                    // A word may be given as text instead, so neither can be demanded.
                    let demanded = required.contains(field.column.as_str())
                        && field.shown != Shown::Text
                        && !has_text(field.column.as_str());
                    let mark = if demanded { "!" } else { "" };
                    let ty = format!("{}{mark}", field.type_name());
                    input_field(&field.name, ty, field.description)
                })
                .collect();
            let description = format!("A {} to be written.", E::NAME);
            input_object(&Self::type_name(), &description, inputs)
        })
    }

    fn parse(value: Option<GraphValue>) -> InputValueResult<Self> {
        let Some(GraphValue::Object(given)) = value else {
            return Err(InputValueError::expected_type(value.unwrap_or_default()));
        };
        let mut values = Vec::with_capacity(given.len());
        for (name, cell) in &given {
            let field = writable::<E>().find(|field| field.name == name.as_str());
            let field = field.ok_or_else(|| {
                InputValueError::custom(format!("{}Row has no field {name}", E::NAME))
            })?;
            let cell = read(field, cell);
            values.push((
                field.column,
                cell.map_err(|message| InputValueError::custom(format!("{name}: {message}")))?,
            ));
        }
        Ok(Self { values, entity: PhantomData })
    }

    fn to_value(&self) -> GraphValue {
        GraphValue::Null
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

/// A cell as the value that a statement binds.
fn read<E: Table>(field: &Field<E>, cell: &GraphValue) -> Result<Value, String> {
    let json = || cell.clone().into_json().map_err(|error| error.to_string());
    match (field.kind, cell) {
        (kind, GraphValue::Null) if field.nullable => Ok(kind.null()),
        (_, GraphValue::Null) => Err("it cannot be null".to_owned()),
        (Kind::JsonText, _) => Ok(json()?.to_string().into()),
        (Kind::Json, _) => Ok(json()?.into()),
        _ => operand_value(field, cell),
    }
}
