//! The state machine of measurement sets at the root of the graph.

use almanac_entity::products::{ProcessingState, ms_state};
use almanac_service::{Repository, products::PROCESSING_STATES};
use async_graphql::{Object, SimpleObject};

use super::MeasurementSetState;
use crate::graphql::{
    context::{Context, ContextExt},
    error::{Result, graph_error},
};

/// How many measurement sets are in a state.
#[derive(Debug, SimpleObject)]
pub struct ProcessingStateCount {
    /// The state as stored.
    state: String,
    /// Number of tracked measurement sets in it.
    measurement_sets: u64,
    /// The states that such a measurement set may come to.
    may_become: Vec<String>,
}

/// Where a measurement set stands, tracked or not.
#[derive(Debug, SimpleObject)]
pub struct MeasurementSetStanding {
    /// Its state as stored; `pending` where it is not tracked.
    state: String,
    /// Whether it is tracked.
    is_tracked: bool,
    /// Whether it may be tried again.
    can_retry: bool,
    /// The states that it may come to.
    may_become: Vec<String>,
    /// What is known of its state; null where it is not tracked.
    record: Option<MeasurementSetState>,
}

fn targets(state: &ProcessingState) -> Vec<String> {
    PROCESSING_STATES.targets(state).iter().map(ToString::to_string).collect()
}

/// The state machine of measurement sets at the root of the graph.
#[derive(Debug, Default)]
pub struct MeasurementSetStateQueries;

#[Object]
impl MeasurementSetStateQueries {
    /// How many tracked measurement sets are in each state, empty states too.
    async fn processing_state_counts(
        &self,
        ctx: &Context<'_>,
    ) -> Result<Option<Vec<ProcessingStateCount>>> {
        let read = async {
            let reader = ctx.reader_of::<ms_state::Entity>().await?;
            Repository::<_, ms_state::Entity>::new(&reader).count_by_state().await
        };
        let counts = read.await.map_err(|error| graph_error(&error))?.into_iter();
        let counted = |(state, measurement_sets): (ProcessingState, u64)| ProcessingStateCount {
            may_become: targets(&state),
            state: state.into(),
            measurement_sets,
        };
        Ok(Some(counts.map(counted).collect()))
    }

    /// Where a measurement set stands. One that is not tracked is pending.
    async fn measurement_set_standing(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Path of the measurement set.")] ms_path: String,
        #[graphql(default = 3, desc = "How often it may be tried again.")] max_retries: i32,
    ) -> Result<Option<MeasurementSetStanding>> {
        let read = async {
            let reader = ctx.reader_of::<ms_state::Entity>().await?;
            let states = Repository::<_, ms_state::Entity>::new(&reader);
            let record = states.get_record(&ms_path).await?;
            Ok((record, states.can_retry(&ms_path, max_retries).await?))
        };
        let (record, can_retry) = read.await.map_err(|error| graph_error(&error))?;
        let current = record.as_ref().map_or(&ProcessingState::Pending, |one| &one.current_state);
        Ok(Some(MeasurementSetStanding {
            state: current.to_string(),
            is_tracked: record.is_some(),
            can_retry,
            may_become: targets(current),
            record: record.as_ref().map(MeasurementSetState::of),
        }))
    }
}
