//! Asking for a stage of the pipeline.

use DifferenceRunStatus::Completed;
use ObservationStatus::{Ingested, Preprocessed};
use ProcessingJobStatus::{Pending, Running};
use almanac_entity::astrid::{
    DifferenceRunStatus, ObservationStatus, ProcessingJobStatus, difference_run, observation,
    processing_job,
};
use processing_job::Column;
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter,
    prelude::{DateTimeUtc, Uuid},
};

use super::{Enqueued, JobType, NewJob};
use crate::{Error, Repository, Result, Writable, astrid::no_such};

impl<C: Writable> Repository<'_, C, processing_job::Entity> {
    /// Puts a job that carries a stage out into the queue: `preprocess` for an observation that was ingested,
    /// `difference` for one that was preprocessed, `inference` for a difference run that is completed. Where such a
    /// job waits or runs, it is returned, however far the row has come.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::InvalidTransition`] where the row is in another state; the kind of job is started
    /// by no one, a number is out of range, or the engine fails.
    pub async fn start(&self, new: &NewJob, now: DateTimeUtc) -> Result<Enqueued> {
        let id = new.entity_id;
        let (state, ready) = match new.job_type {
            JobType::Preprocess => self.observation_is(id, Ingested).await?,
            JobType::Difference => self.observation_is(id, Preprocessed).await?,
            JobType::Inference => {
                let run = self.on::<difference_run::Entity>().find(id).await?;
                let run = run.ok_or_else(|| no_such::<difference_run::Entity>(id))?;
                (run.status.to_string(), run.status == Completed)
            }
            other => {
                let message = format!("nobody starts {other} jobs; the pipeline does");
                return Err(Error::breaks("unknown", "job_type", message));
            }
        };
        if !ready && !self.is_underway(new).await? {
            let (kind, what) = (new.job_type, new.job_type.entity_type());
            let message = format!("{what} {id} is {state}; no {kind} job starts from there");
            return Err(Error::InvalidTransition(message));
        }
        self.enqueue(new, now).await
    }

    /// The state of an observation, and whether it is `wanted`.
    async fn observation_is(&self, id: Uuid, wanted: ObservationStatus) -> Result<(String, bool)> {
        let observation = self.on::<observation::Entity>().find(id).await?;
        let observation = observation.ok_or_else(|| no_such::<observation::Entity>(id))?;
        Ok((observation.status.to_string(), observation.status == wanted))
    }

    /// Whether a job of that kind waits or runs for the row.
    async fn is_underway(&self, new: &NewJob) -> Result<bool> {
        let active = processing_job::Entity::find()
            .filter(Column::JobType.eq(new.job_type.as_str()))
            .filter(Column::EntityType.eq(new.job_type.entity_type()))
            .filter(Column::EntityId.eq(new.entity_id))
            .filter(Column::Status.is_in([Pending, Running]));
        Ok(active.one(self.connection).await?.is_some())
    }
}
