//! Changes to the states of measurement sets.

use almanac_entity::{
    JsonText,
    products::{ProcessingState, ms_state},
};
use almanac_service::products::Transition;
use async_graphql::{InputObject, Json, SimpleObject};

use super::MeasurementSetState;
use crate::graphql::Word;

/// A step of a measurement set to another state.
#[derive(Debug, InputObject)]
pub struct TransitionMeasurementSetInput {
    /// Path of the measurement set.
    ms_path: String,
    /// The state it comes to.
    state: Word<ProcessingState>,
    /// Where to resume from now on; kept where it is not given.
    checkpoint: Option<Json<serde_json::Value>>,
    /// Why it failed.
    error: Option<String>,
}

/// Where a measurement set stands.
#[derive(Debug, SimpleObject)]
pub struct MeasurementSetStatePayload {
    /// Its state.
    state: MeasurementSetState,
}

impl MeasurementSetStatePayload {
    fn of(state: &ms_state::Model) -> Self {
        Self { state: MeasurementSetState::of(state) }
    }
}

/// Work on a measurement set that failed.
#[derive(Debug, InputObject)]
pub struct MarkMeasurementSetFailedInput {
    /// Path of the measurement set.
    ms_path: String,
    /// Why it failed.
    error: String,
}

/// A measurement set whose state changes.
#[derive(Debug, InputObject)]
pub struct MeasurementSetInput {
    /// Path of the measurement set.
    ms_path: String,
}

/// Where work on a measurement set resumes.
#[derive(Debug, InputObject)]
pub struct SaveMeasurementSetCheckpointInput {
    /// Path of the measurement set.
    ms_path: String,
    /// What the pipeline needs to know to resume.
    checkpoint: Json<serde_json::Value>,
}

/// How long something may work on a measurement set without a step.
#[derive(Debug, InputObject)]
pub struct RecoverStaleMeasurementSetsInput {
    /// Hours without a step; 24 unless said.
    hours: Option<f64>,
}

/// Measurement sets that nothing worked on any more.
#[derive(Debug, SimpleObject)]
pub struct RecoverStaleMeasurementSetsPayload {
    /// Their paths; they have failed.
    failed: Vec<String>,
}

/// How long states are remembered.
#[derive(Debug, InputObject)]
pub struct CleanUpMeasurementSetStatesInput {
    /// Days since a measurement set was done or given up; 30 unless said.
    days: Option<f64>,
}

/// States that were forgotten.
#[derive(Debug, SimpleObject)]
pub struct CleanUpMeasurementSetStatesPayload {
    /// Number of measurement sets whose state was forgotten; their history stays.
    forgotten: u64,
}

mutations! {
    /// Changes to the states of measurement sets.
    MeasurementSetStateMutations {
        /// Brings a measurement set to another state, where its state allows that, and writes its history.
        TransitionMeasurementSet: transition_measurement_set(input: TransitionMeasurementSetInput, work)
            -> MeasurementSetStatePayload
        {
            let states = work.table::<ms_state::Entity>().await?;
            let step = Transition {
                to: input.state.0,
                checkpoint: input.checkpoint.map(|json| JsonText(json.0)),
                error: input.error,
            };
            let state = states.transition(&input.ms_path, step, work.now()).await?;
            Ok(MeasurementSetStatePayload::of(&state))
        }

        /// Writes down that work on a measurement set failed.
        MarkMeasurementSetFailed: mark_measurement_set_failed(input: MarkMeasurementSetFailedInput, work)
            -> MeasurementSetStatePayload
        {
            let states = work.table::<ms_state::Entity>().await?;
            let state = states.mark_failed(&input.ms_path, &input.error, work.now()).await?;
            Ok(MeasurementSetStatePayload::of(&state))
        }

        /// Writes down that nothing is left to do for a measurement set.
        MarkMeasurementSetDone: mark_measurement_set_done(input: MeasurementSetInput, work)
            -> MeasurementSetStatePayload
        {
            let states = work.table::<ms_state::Entity>().await?;
            let state = states.mark_done(&input.ms_path, work.now()).await?;
            Ok(MeasurementSetStatePayload::of(&state))
        }

        /// Lets a measurement set that failed be tried again: it is pending, one retry more is counted, and
        /// its checkpoint stays.
        ResetMeasurementSetForRetry: reset_measurement_set_for_retry(input: MeasurementSetInput, work)
            -> MeasurementSetStatePayload
        {
            let states = work.table::<ms_state::Entity>().await?;
            let state = states.reset_for_retry(&input.ms_path, work.now()).await?;
            Ok(MeasurementSetStatePayload::of(&state))
        }

        /// Gives up a measurement set that failed; its error stays.
        EscalateMeasurementSet: escalate_measurement_set(input: MeasurementSetInput, work)
            -> MeasurementSetStatePayload
        {
            let states = work.table::<ms_state::Entity>().await?;
            let state = states.escalate(&input.ms_path, work.now()).await?;
            Ok(MeasurementSetStatePayload::of(&state))
        }

        /// Writes down where work on a measurement set resumes.
        SaveMeasurementSetCheckpoint: save_measurement_set_checkpoint(
            input: SaveMeasurementSetCheckpointInput, work
        ) -> MeasurementSetStatePayload {
            let states = work.table::<ms_state::Entity>().await?;
            let checkpoint = JsonText(input.checkpoint.0);
            let state = states.save_checkpoint(&input.ms_path, checkpoint).await?;
            Ok(MeasurementSetStatePayload::of(&state))
        }

        /// Fails the measurement sets that something has worked on for some hours without another step.
        RecoverStaleMeasurementSets: recover_stale_measurement_sets(
            input: RecoverStaleMeasurementSetsInput, work
        ) -> RecoverStaleMeasurementSetsPayload {
            let states = work.table::<ms_state::Entity>().await?;
            let failed = states.recover_stale(input.hours.unwrap_or(24.0), work.now()).await?;
            Ok(RecoverStaleMeasurementSetsPayload { failed })
        }

        /// Forgets the states of measurement sets that have been done or given up for some days.
        CleanUpMeasurementSetStates: clean_up_measurement_set_states(
            input: CleanUpMeasurementSetStatesInput, work
        ) -> CleanUpMeasurementSetStatesPayload {
            let states = work.table::<ms_state::Entity>().await?;
            let forgotten = states.cleanup(input.days.unwrap_or(30.0), work.now()).await?;
            Ok(CleanUpMeasurementSetStatesPayload { forgotten })
        }
    }
}
