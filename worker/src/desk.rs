//! What a worker does in the database: each call is a transaction of its own.

use std::sync::Arc;

use almanac_entity::{UnixTime, astrid::processing_job};
use almanac_service::{
    Error, Repository, Result, Sessions, Transaction, Work,
    access::{Operation, Principal},
    astrid::{Detached, Effects, JobFailure, JobPolicy, JobType},
};
use sea_orm::prelude::{DateTimeUtc, Uuid};
use serde_json::Value;

use crate::Clock;

type Jobs<'w> = Repository<'w, Transaction, processing_job::Entity>;

/// A worker at the queue.
pub(crate) struct Desk {
    pub(crate) sessions: Sessions,
    /// Its name, as jobs bear it.
    pub(crate) name: String,
    /// Its name, as the audit log bears it.
    pub(crate) principal: Principal,
    pub(crate) effects: Arc<dyn Effects>,
    pub(crate) clock: Clock,
}

impl Desk {
    pub(crate) fn now(&self) -> DateTimeUtc {
        (self.clock)()
    }

    pub(crate) async fn policy(&self, job_type: JobType) -> Result<JobPolicy> {
        let reader = self.sessions.reader_of::<processing_job::Entity>().await?;
        Repository::<_, processing_job::Entity>::new(&reader).policy(job_type).await
    }

    pub(crate) async fn claim(
        &self,
        job_type: JobType,
        most: u64,
    ) -> Result<Vec<processing_job::Model>> {
        let (work, now) = self.work()?;
        let jobs: Jobs<'_> = work.table().await?;
        let claimed = jobs.claim_jobs(&self.name, &[job_type], most, now).await;
        if claimed.as_ref().is_ok_and(Vec::is_empty) {
            // A commit would wake those who wait for work.
            work.undo().await;
            return claimed;
        }
        settle(work, claimed).await
    }

    pub(crate) async fn begin(&self, id: Uuid, token: Uuid) -> Result<Value> {
        let (work, now) = self.work()?;
        let jobs: Jobs<'_> = work.table().await?;
        let input = jobs.begin(&*self.effects, id, token, now).await;
        settle(work, input).await
    }

    pub(crate) async fn heartbeat(&self, id: Uuid, token: Uuid) -> Result<()> {
        let (work, now) = self.work()?;
        let jobs: Jobs<'_> = work.table().await?;
        let lease = jobs.heartbeat(id, token, now).await;
        settle(work, lease).await.map(drop)
    }

    pub(crate) async fn complete(&self, id: Uuid, token: Uuid, output: Value) -> Result<()> {
        let (work, now) = self.work()?;
        let jobs: Jobs<'_> = work.table().await?;
        let done = jobs.complete(&*self.effects, id, token, output, now).await;
        settle(work, done).await.map(drop)
    }

    /// Writes down that a try failed. A row that cannot follow its job does not keep it from failing: it would come
    /// back for ever.
    pub(crate) async fn fail(
        &self,
        id: Uuid,
        token: Uuid,
        failure: &JobFailure,
    ) -> Result<processing_job::Model> {
        let failed = self.fail_with(&*self.effects, id, token, failure).await;
        match failed {
            Err(error) if !is_passing(&error) && !is_lost(&error) => {
                tracing::error!(job = %id, %error, "a row cannot follow the job that failed");
                let message = format!("{}; its row cannot follow: {error}", failure.message);
                let failure = JobFailure { message, is_retryable: false, ..*failure };
                self.fail_with(&Detached, id, token, &failure).await
            }
            other => other,
        }
    }

    async fn fail_with(
        &self,
        effects: &dyn Effects,
        id: Uuid,
        token: Uuid,
        failure: &JobFailure,
    ) -> Result<processing_job::Model> {
        let (work, now) = self.work()?;
        let jobs: Jobs<'_> = work.table().await?;
        let failed = jobs.fail(effects, id, token, failure, now).await;
        settle(work, failed).await
    }

    pub(crate) async fn release(&self, id: Uuid, token: Uuid) -> Result<()> {
        let (work, now) = self.work()?;
        let jobs: Jobs<'_> = work.table().await?;
        let released = jobs.release(id, token, now).await;
        settle(work, released).await.map(drop)
    }

    fn work(&self) -> Result<(Work, DateTimeUtc)> {
        let now = self.now();
        Ok((begin(&self.sessions, &self.principal, now)?, now))
    }
}

/// Work of a worker.
pub(crate) fn begin(sessions: &Sessions, who: &Principal, now: DateTimeUtc) -> Result<Work> {
    sessions.work(Some(who), Operation::WorkOnAstridJobs, None, UnixTime::from(now))
}

/// Makes what was done well last, and undoes the rest.
pub(crate) async fn settle<T>(work: Work, outcome: Result<T>) -> Result<T> {
    match outcome {
        Ok(done) => work.commit().await.map(|()| done),
        Err(error) => {
            work.undo().await;
            Err(error)
        }
    }
}

/// Whether the same call may succeed later: the engine is to blame.
pub(crate) fn is_passing(error: &Error) -> bool {
    matches!(
        error,
        Error::Busy
            | Error::Timeout
            | Error::Unavailable(_)
            | Error::Broken(_)
            | Error::Database(_)
    )
}

pub(crate) fn is_lost(error: &Error) -> bool {
    matches!(error, Error::LeaseLost { .. })
}
