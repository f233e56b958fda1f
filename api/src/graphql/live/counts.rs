//! Events of counts.

use std::{borrow::Cow, marker::PhantomData};

use almanac_entity::{
    Vocabulary, ingest::IngestState, products::MeasurementSetStage, vocabularies,
};
use async_graphql::{
    ContextSelectionSet, Name, OutputType, Positioned, ServerResult, SimpleObject, Value,
    parser::types::Field, registry::Registry,
};
use heck::ToShoutySnakeCase;
use sea_orm::sea_query::ValueType;

use crate::graphql::{meta::register_vocabulary, scalar::BigInt};

/// How many observation groups are in each state of the queue.
#[derive(Debug, SimpleObject)]
pub struct QueueCountsEvent {
    /// Where the subscription stands with this event; `since` takes it.
    pub position: String,
    /// The states of the queue in their order, empty ones too, then others that occur.
    pub states: Vec<QueueStateTally>,
}

/// How many observation groups are in a state.
#[derive(Debug, SimpleObject)]
pub struct QueueStateTally {
    /// The state.
    pub state: WordOf<IngestState>,
    /// The word as stored, also where it lies outside the vocabulary.
    pub state_text: String,
    /// Number of groups.
    pub count: BigInt,
}

/// How many measurement sets are at each stage of processing.
#[derive(Debug, SimpleObject)]
pub struct StageCountsEvent {
    /// Where the subscription stands with this event; `since` takes it.
    pub position: String,
    /// The stages that occur.
    pub stages: Vec<StageTally>,
}

/// How many measurement sets are at a stage.
#[derive(Debug, SimpleObject)]
pub struct StageTally {
    /// The stage.
    pub stage: WordOf<MeasurementSetStage>,
    /// The word as stored, also where it lies outside the vocabulary.
    pub stage_text: String,
    /// Number of measurement sets.
    pub count: BigInt,
}

fn big(count: u64) -> BigInt {
    BigInt(count.try_into().unwrap_or(i64::MAX))
}

impl QueueCountsEvent {
    pub(super) fn new(position: String, counts: &[(IngestState, u64)]) -> Self {
        let tally = |(state, count): &(IngestState, u64)| QueueStateTally {
            state: WordOf::new(state.as_str()),
            state_text: state.as_str().to_owned(),
            count: big(*count),
        };
        Self { position, states: counts.iter().map(tally).collect() }
    }
}

impl StageCountsEvent {
    pub(super) fn new(position: String, counts: &[(MeasurementSetStage, u64)]) -> Self {
        let tally = |(stage, count): &(MeasurementSetStage, u64)| StageTally {
            stage: WordOf::new(stage.as_str()),
            stage_text: stage.as_str().to_owned(),
            count: big(*count),
        };
        Self { position, stages: counts.iter().map(tally).collect() }
    }
}

/// A word of a vocabulary as the graph shows it.
#[derive(Debug)]
pub struct WordOf<T> {
    label: String,
    vocabulary: PhantomData<fn() -> T>,
}

impl<T> WordOf<T> {
    fn new(label: &str) -> Self {
        Self { label: label.to_owned(), vocabulary: PhantomData }
    }
}

fn vocabulary<T: ValueType>() -> &'static Vocabulary {
    let name = T::enum_type_name().unwrap_or_default();
    let mut vocabularies = vocabularies();
    vocabularies
        .find(|vocabulary| vocabulary.column == name)
        .expect("every enumeration is in a list of vocabularies")
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
    ) -> ServerResult<Value> {
        let term = vocabulary::<T>().terms.iter().find(|term| term.label == self.label);
        let name =
            term.map_or_else(|| "OTHER".to_owned(), |term| term.variant.to_shouty_snake_case());
        Ok(Value::Enum(Name::new(name)))
    }
}
