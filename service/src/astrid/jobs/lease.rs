//! Keeping a job, and giving it back.

use almanac_entity::astrid::{ProcessingJobStatus, processing_job};
use processing_job::Column;
use sea_orm::{
    prelude::{DateTimeUtc, Uuid},
    sea_query::{Expr, SimpleExpr},
};

use super::{JobPolicy, JobType, states::given_up};
use crate::{Error, Filter, Repository, Result, Transaction, astrid::stored, record::Act};

impl Repository<'_, Transaction, processing_job::Entity> {
    /// Renews the lease of a job that is held by this token. Returns when it expires. The audit log says nothing of
    /// it.
    ///
    /// # Errors
    /// [`Error::LeaseLost`], whereupon the worker must stop and write nothing; or the engine fails.
    pub async fn heartbeat(&self, id: Uuid, token: Uuid, now: DateTimeUtc) -> Result<DateTimeUtc> {
        let now = stored(now);
        // The lease is the same for all kinds of jobs.
        let policy = JobPolicy::read(self.connection, JobType::Ingest).await?;
        let lease = now + policy.lease;
        let held = Filter::eq(Column::Id, id)
            .and(Filter::eq(Column::Status, ProcessingJobStatus::Running))
            .and(Filter::eq(Column::ClaimToken, token));
        let set: [(Column, SimpleExpr); 3] = [
            (Column::HeartbeatAt, Expr::val(now)),
            (Column::LeaseExpiresAt, Expr::val(lease)),
            (Column::UpdatedAt, Expr::val(now)),
        ];
        match self.update_where(&held, set).await? {
            0 => Err(Error::LeaseLost { job: id }),
            _ => Ok(lease),
        }
    }

    /// Gives a job back that is held by this token, as a worker does that is told to stop: it waits again, at once
    /// and with all the retries that it had. What its run has begun is found by the next worker.
    ///
    /// # Errors
    /// [`Error::LeaseLost`], or the engine fails.
    pub async fn release(
        &self,
        id: Uuid,
        token: Uuid,
        now: DateTimeUtc,
    ) -> Result<processing_job::Model> {
        let job = self.held(id, token).await?;
        let row = given_up(&job, ProcessingJobStatus::Pending, now);
        self.on::<processing_job::Entity>().acting(Act::of_rows("release")).update(row).await
    }
}
