//! Beginning a job's work and ending it, with what that does to the row it works on.

use almanac_entity::astrid::{ProcessingJobStatus, processing_job};
use sea_orm::{
    ActiveValue::Set,
    prelude::{DateTimeUtc, Json, Uuid},
};

use super::{JobFailure, JobPolicy, failure::with_failure, states::given_up};
use crate::{
    Repository, Result, Transaction,
    astrid::{Effects, stored},
    record::Act,
};

impl Repository<'_, Transaction, processing_job::Entity> {
    /// Begins the work of a job that is held by this token. Returns what a worker has to know, which depends on the
    /// kind of job.
    ///
    /// # Errors
    /// [`Error::LeaseLost`](crate::Error::LeaseLost), the row cannot be worked on, or the engine fails.
    pub async fn begin(
        &self,
        effects: &dyn Effects,
        id: Uuid,
        token: Uuid,
        now: DateTimeUtc,
    ) -> Result<Json> {
        let job = self.held(id, token).await?;
        effects.begin(self.connection, &job, now).await
    }

    /// Stores what came of a job that is held by this token, and completes it.
    ///
    /// # Errors
    /// [`Error::LeaseLost`](crate::Error::LeaseLost), which comes before anything is stored; `output` cannot be
    /// stored; or the engine fails.
    pub async fn complete(
        &self,
        effects: &dyn Effects,
        id: Uuid,
        token: Uuid,
        output: Json,
        now: DateTimeUtc,
    ) -> Result<processing_job::Model> {
        let job = self.held(id, token).await?;
        effects.finish(self.connection, &job, output, now).await?;
        let row = given_up(&job, ProcessingJobStatus::Completed, now);
        self.on::<processing_job::Entity>().acting(Act::of_rows("complete")).update(row).await
    }

    /// Writes down that a try at a job that is held by this token failed. It waits for its next try where the
    /// failure is retryable and a retry is left, and has failed otherwise.
    ///
    /// # Errors
    /// [`Error::LeaseLost`](crate::Error::LeaseLost), the row cannot follow, or the engine fails.
    pub async fn fail(
        &self,
        effects: &dyn Effects,
        id: Uuid,
        token: Uuid,
        failure: &JobFailure,
        now: DateTimeUtc,
    ) -> Result<processing_job::Model> {
        let job = self.held(id, token).await?;
        self.end_try(effects, &job, failure, None, now).await
    }

    /// Ends a try at a job that is locked. `verb` is what the audit log calls it, where it is not a retry or a
    /// failure.
    pub(super) async fn end_try(
        &self,
        effects: &dyn Effects,
        job: &processing_job::Model,
        failure: &JobFailure,
        verb: Option<&'static str>,
        now: DateTimeUtc,
    ) -> Result<processing_job::Model> {
        let message = failure.stored_message();
        let is_retried = failure.is_retryable && job.retry_count < job.max_retries;
        effects.fail(self.connection, job, &message, is_retried, now).await?;
        let mut row = if is_retried {
            let policy = JobPolicy::read(self.connection, job.job_type.parse()?).await?;
            let retry = job.retry_count + 1;
            processing_job::ActiveModel {
                retry_count: Set(retry),
                scheduled_at: Set(stored(now) + policy.backoff(retry)),
                ..given_up(job, ProcessingJobStatus::Pending, now)
            }
        } else {
            given_up(job, ProcessingJobStatus::Failed, now)
        };
        row.error_details = Set(Some(with_failure(job, failure.kind, &message)));
        row.error_message = Set(Some(message.clone()));
        let verb = verb.unwrap_or(if is_retried { "retry" } else { "fail" });
        let act = Act::of_rows(verb).because(Some(message));
        self.on::<processing_job::Entity>().acting(act).update(row).await
    }
}
