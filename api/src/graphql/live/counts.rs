//! Events of counts.

use almanac_entity::{ingest::IngestState, products::MeasurementSetStage};
use async_graphql::SimpleObject;

use crate::graphql::{scalar::BigInt, word::WordOf};

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
