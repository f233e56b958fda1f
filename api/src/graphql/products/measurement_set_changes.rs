//! Changes to measurement sets.

use almanac_entity::products::{MeasurementSetStage, MeasurementSetStatus, ms_index};
use almanac_service::{Error, products::StageUpdate};
use async_graphql::{InputObject, SimpleObject};

use super::MeasurementSet;
use crate::graphql::{RowInput, Word};

/// The stage that a measurement set has come to.
#[derive(Debug, InputObject)]
pub struct UpdateMeasurementSetStageInput {
    /// Path of the measurement set.
    path: String,
    /// The stage.
    stage: Word<MeasurementSetStage>,
    /// The status; kept where it is not given.
    status: Option<Word<MeasurementSetStatus>>,
    /// Whether it may also go back to an earlier stage.
    #[graphql(default)]
    force: bool,
}

/// A measurement set that has come to a stage.
#[derive(Debug, SimpleObject)]
pub struct UpdateMeasurementSetStagePayload {
    /// The measurement set.
    measurement_set: MeasurementSet,
}

/// A measurement set to be written.
#[derive(Debug, InputObject)]
pub struct MeasurementSetRowInput {
    /// Its row.
    measurement_set: RowInput<ms_index::Entity>,
}

/// A measurement set that was written.
#[derive(Debug, SimpleObject)]
pub struct MeasurementSetPayload {
    /// The measurement set.
    measurement_set: MeasurementSet,
}

mutations! {
    /// Changes to measurement sets.
    MeasurementSetMutations {
        /// Brings a measurement set to a stage, and to a status if one is given. Stages follow each other;
        /// it goes back only by force.
        UpdateMeasurementSetStage: update_measurement_set_stage(input: UpdateMeasurementSetStageInput, work)
            -> UpdateMeasurementSetStagePayload
        {
            let sets = work.table::<ms_index::Entity>().await?;
            let update = StageUpdate {
                stage: input.stage.0,
                status: input.status.map(|status| status.0),
                force: input.force,
            };
            if !sets.update_stage(&input.path, update, work.now()).await? {
                return Err(Error::not_found(format!("measurement set {}", input.path)));
            }
            let changed = sets.get(input.path).await?;
            Ok(UpdateMeasurementSetStagePayload { measurement_set: MeasurementSet::of(&changed) })
        }

        /// Writes a new measurement set.
        AddMeasurementSet: add_measurement_set(input: MeasurementSetRowInput, work)
            -> MeasurementSetPayload
        {
            let sets = work.table::<ms_index::Entity>().await?;
            let set = sets.add(input.measurement_set.into_active(), work.now()).await?;
            Ok(MeasurementSetPayload { measurement_set: MeasurementSet::of(&set) })
        }

        /// Writes a measurement set, or changes the one of that path; a field that is null or not given
        /// keeps what it holds.
        UpsertMeasurementSet: upsert_measurement_set(input: MeasurementSetRowInput, work)
            -> MeasurementSetPayload
        {
            let sets = work.table::<ms_index::Entity>().await?;
            let set = sets.upsert_by_path(input.measurement_set.into_active(), work.now()).await?;
            Ok(MeasurementSetPayload { measurement_set: MeasurementSet::of(&set) })
        }
    }
}
