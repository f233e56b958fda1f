//! Changes to measurement sets.

use almanac_entity::products::{MeasurementSetStage, MeasurementSetStatus, ms_index};
use almanac_service::Error;
use async_graphql::{InputObject, SimpleObject};

use super::MeasurementSet;
use crate::graphql::Word;

/// The stage that a measurement set has come to.
#[derive(Debug, InputObject)]
pub struct UpdateMeasurementSetStageInput {
    /// Path of the measurement set.
    path: String,
    /// The stage.
    stage: Word<MeasurementSetStage>,
    /// The status; kept where it is not given.
    status: Option<Word<MeasurementSetStatus>>,
}

/// A measurement set that has come to a stage.
#[derive(Debug, SimpleObject)]
pub struct UpdateMeasurementSetStagePayload {
    /// The measurement set.
    measurement_set: MeasurementSet,
}

mutations! {
    /// Changes to measurement sets.
    MeasurementSetMutations {
        /// Brings a measurement set to a stage, and to a status if one is given.
        UpdateMeasurementSetStage: update_measurement_set_stage(input: UpdateMeasurementSetStageInput, work)
            -> UpdateMeasurementSetStagePayload
        {
            let sets = work.table::<ms_index::Entity>().await?;
            let status = input.status.map(|status| status.0);
            if !sets.update_stage(&input.path, input.stage.0, status, work.now()).await? {
                return Err(Error::not_found(format!("measurement set {}", input.path)));
            }
            let changed = sets.get(input.path).await?;
            Ok(UpdateMeasurementSetStagePayload { measurement_set: MeasurementSet::of(&changed) })
        }
    }
}
