//! Words of a vocabulary as input, and as output where no column shows them.

use std::{borrow::Cow, marker::PhantomData};

use almanac_entity::{Vocabulary, vocabularies};
use async_graphql::{
    ContextSelectionSet, InputType, InputValueError, InputValueResult, Name, OutputType,
    Positioned, ServerResult, Value as GraphValue, parser::types::Field, registry::Registry,
};
use heck::ToShoutySnakeCase;
use sea_orm::sea_query::ValueType;

use super::meta::register_vocabulary;

/// A word of the vocabulary that `T` stands for, such as `Word<MeasurementSetStage>`.
#[derive(Clone, Debug)]
pub struct Word<T>(pub T);

fn vocabulary<T: ValueType>() -> &'static Vocabulary {
    let name = T::enum_type_name().unwrap_or_default();
    vocabularies()
        .find(|vocabulary| vocabulary.column == name)
        .expect("every enumeration is in a list of vocabularies")
}

impl<T: ValueType + Clone + Into<sea_orm::Value> + Send + Sync> InputType for Word<T> {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        Cow::Borrowed(vocabulary::<T>().name)
    }

    fn create_type_info(registry: &mut Registry) -> String {
        register_vocabulary(registry, vocabulary::<T>().name);
        Self::qualified_type_name()
    }

    fn parse(value: Option<GraphValue>) -> InputValueResult<Self> {
        let value = value.unwrap_or_default();
        let name = match &value {
            GraphValue::Enum(name) => name.as_str(),
            GraphValue::String(name) => name,
            _ => return Err(InputValueError::expected_type(value)),
        };
        let mut terms = vocabulary::<T>().terms.iter();
        let term = terms.find(|term| term.variant.to_shouty_snake_case() == name);
        let word = term.and_then(|term| T::try_from(term.label.into()).ok());
        word.map(Self).ok_or_else(|| {
            InputValueError::custom(format!("{name} is no word of {}", vocabulary::<T>().name))
        })
    }

    fn to_value(&self) -> GraphValue {
        let sea_orm::Value::String(Some(label)) = self.0.clone().into() else {
            return GraphValue::Null;
        };
        let mut terms = vocabulary::<T>().terms.iter();
        let term = terms.find(|term| term.label == label.as_str());
        term.map_or(GraphValue::Null, |term| {
            GraphValue::Enum(Name::new(term.variant.to_shouty_snake_case()))
        })
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

/// A word of a vocabulary as the graph shows it.
#[derive(Debug)]
pub struct WordOf<T> {
    label: String,
    vocabulary: PhantomData<fn() -> T>,
}

impl<T> WordOf<T> {
    pub(crate) fn new(label: &str) -> Self {
        Self { label: label.to_owned(), vocabulary: PhantomData }
    }
}

impl<T: ValueType> OutputType for WordOf<T> {
    fn type_name() -> Cow<'static, str> {
        Cow::Borrowed(vocabulary::<T>().name)
    }

    fn create_type_info(registry: &mut Registry) -> String {
        register_vocabulary(registry, vocabulary::<T>().name);
        Self::qualified_type_name()
    }

    async fn resolve(
        &self,
        _ctx: &ContextSelectionSet<'_>,
        _field: &Positioned<Field>,
    ) -> ServerResult<GraphValue> {
        let term = vocabulary::<T>().terms.iter().find(|term| term.label == self.label);
        let name =
            term.map_or_else(|| "OTHER".to_owned(), |term| term.variant.to_shouty_snake_case());
        Ok(GraphValue::Enum(Name::new(name)))
    }
}
