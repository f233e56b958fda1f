//! `orderBy`: what a list is sorted by, for every table.

use std::borrow::Cow;

use almanac_entity::{Kind, Table};
use almanac_service::{Direction, Order};
use async_graphql::{
    InputType, InputValueError, InputValueResult, Value as GraphValue,
    registry::{MetaTypeId, Registry},
};
use heck::ToShoutySnakeCase;
use sea_orm::IdenStatic;

use super::{
    field::{Field, Shown, fields},
    meta::{enumeration, input_field, input_object, register},
};

/// A column that a list is sorted by, and which way.
#[derive(Clone, Copy, Debug)]
pub struct OrderBy<E: Table>(pub(crate) Order<E>);

/// The columns a list can be sorted by: not documents, and not words whose order the engines see
/// differently.
fn sortable<E: Table>() -> impl Iterator<Item = &'static Field<E>> {
    fields::<E>().iter().filter(|field| {
        let sorts = match field.kind {
            Kind::Json | Kind::JsonText => false,
            Kind::Word(vocabulary) => vocabulary.open,
            _ => true,
        };
        sorts && field.shown != Shown::Text
    })
}

impl<E: Table> InputType for OrderBy<E> {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        Cow::Owned(format!("{}Order", E::NAME))
    }

    fn create_type_info(registry: &mut Registry) -> String {
        registry.create_input_type::<Self, _>(MetaTypeId::InputObject, |registry| {
            let columns = format!("{}OrderField", E::NAME);
            register(registry, &columns, |_| {
                let values = sortable::<E>().map(|field| {
                    (field.column.as_str().to_shouty_snake_case(), field.description.to_owned())
                });
                enumeration(&columns, &format!("What {} can be sorted by.", E::NAME), values)
            });
            register(registry, "OrderDirection", |_| {
                let values = [("ASC", "Smallest first."), ("DESC", "Largest first.")];
                let values = values.map(|(name, meaning)| (name.to_owned(), meaning.to_owned()));
                enumeration(
                    "OrderDirection",
                    "Which way a list is sorted; nulls come last.",
                    values,
                )
            });
            let mut direction = input_field("direction", "OrderDirection!", "Which way.");
            direction.default_value = Some("ASC".to_owned());
            let field = input_field("field", format!("{columns}!"), "The column.");
            input_object(&Self::type_name(), "A column to sort by.", [field, direction])
        })
    }

    fn parse(value: Option<GraphValue>) -> InputValueResult<Self> {
        let value = value.unwrap_or_default();
        let GraphValue::Object(order) = &value else {
            return Err(InputValueError::expected_type(value));
        };
        let word = |name: &str| match order.get(name) {
            Some(GraphValue::Enum(word)) => Some(word.as_str()),
            Some(GraphValue::String(word)) => Some(word.as_str()),
            _ => None,
        };
        let column = sortable::<E>()
            .find(|field| word("field") == Some(&field.column.as_str().to_shouty_snake_case()))
            .ok_or_else(|| InputValueError::custom("field: there is no such column to sort by"))?;
        let direction = match word("direction") {
            Some("DESC") => Direction::Desc,
            Some("ASC") | None => Direction::Asc,
            Some(other) => {
                return Err(InputValueError::custom(format!(
                    "direction: {other} is neither ASC nor DESC"
                )));
            }
        };
        Ok(Self(Order { column: column.column, direction }))
    }

    fn to_value(&self) -> GraphValue {
        GraphValue::Null
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}
