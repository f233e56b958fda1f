//! Calling jobs off, and putting failed ones back.

use ProcessingJobStatus::{Cancelled, Pending, Running};
use almanac_entity::astrid::{ProcessingJobStatus, processing_job};
use processing_job::Column;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, QueryFilter,
    prelude::{DateTimeUtc, Uuid},
};

use super::{JOB_STATES, states::given_up};
use crate::{
    Error, Repository, Result, Transaction,
    astrid::{Effects, stored},
    record::Act,
};

impl Repository<'_, Transaction, processing_job::Entity> {
    /// Calls a job off. One that waits is cancelled at once; the worker of one that runs gets
    /// [`Error::LeaseLost`] when it is next heard of. A run that it has begun fails.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::InvalidTransition`] for one that has ended, the run cannot follow, or the engine
    /// fails.
    pub async fn cancel(
        &self,
        effects: &dyn Effects,
        id: Uuid,
        now: DateTimeUtc,
    ) -> Result<processing_job::Model> {
        let job = self.locked(id).await?;
        JOB_STATES.step(id, &job.status, &Cancelled)?;
        // Nothing has begun before the first claim.
        if job.started_at.is_some() {
            effects.fail(self.connection, &job, "cancelled", false, now).await?;
        }
        let row = given_up(&job, Cancelled, now);
        self.on::<processing_job::Entity>().acting(Act::of_rows("cancel")).update(row).await
    }

    /// Puts a failed job back into the queue, with all of its retries. What is known of its failures stays.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::InvalidTransition`] for one that has not failed; [`Error::AlreadyExists`] where
    /// one of its kind waits or runs for the same row; or the engine fails.
    pub async fn requeue(&self, id: Uuid, now: DateTimeUtc) -> Result<processing_job::Model> {
        let job = self.locked(id).await?;
        JOB_STATES.step(id, &job.status, &Pending)?;
        if job.status != ProcessingJobStatus::Failed {
            let message =
                format!("processing job {id} is {}; only a failed one is requeued", job.status);
            return Err(Error::InvalidTransition(message));
        }
        let active = processing_job::Entity::find()
            .filter(Column::JobType.eq(&job.job_type))
            .filter(Column::EntityType.eq(&job.entity_type))
            .filter(Column::EntityId.eq(job.entity_id))
            .filter(Column::Status.is_in([Pending, Running]));
        if let Some(other) = active.one(self.connection).await? {
            let what = format!("an active {} job of this {}", job.job_type, job.entity_type);
            return Err(Error::AlreadyExists { what, id: Some(other.id) });
        }
        let row = processing_job::ActiveModel {
            retry_count: Set(0),
            scheduled_at: Set(stored(now)),
            completed_at: Set(None),
            ..given_up(&job, Pending, now)
        };
        self.on::<processing_job::Entity>().acting(Act::of_rows("requeue")).update(row).await
    }
}
