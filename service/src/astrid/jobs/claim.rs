//! Taking jobs out of the queue.

use almanac_entity::astrid::{ProcessingJobStatus, processing_job};
use processing_job::Column;
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Value,
    prelude::DateTimeUtc,
    sea_query::{Expr, LockBehavior, LockType, SimpleExpr},
};

use super::{JobPolicy, JobType, states::is};
use crate::{
    Error, Filter, Repository, Result, Transaction,
    astrid::{new_id, stored},
    record::Act,
};

/// Jobs of one claim.
const MOST: u64 = 32;
/// Characters of a worker's name.
const NAME: usize = 100;

impl Repository<'_, Transaction, processing_job::Entity> {
    /// Takes the jobs of these kinds that are next for a worker, which is known by its name: those of the highest
    /// priority, then those that wait longest. They run from `now` on, until their lease expires or is renewed. The
    /// jobs of one claim bear the same new token.
    ///
    /// Jobs that another worker is just taking are passed over. It takes a fixed number of statements.
    ///
    /// # Errors
    /// `most` is not from 1 to 32, `types` or the name is empty, the name is longer than 100 characters, or the
    /// engine fails.
    pub async fn claim_jobs(
        &self,
        worker: &str,
        types: &[JobType],
        most: u64,
        now: DateTimeUtc,
    ) -> Result<Vec<processing_job::Model>> {
        check(worker, types, most)?;
        let now = stored(now);
        let next = processing_job::Entity::find()
            .filter(is(ProcessingJobStatus::Pending))
            .filter(Column::ScheduledAt.lte(now))
            .filter(Column::JobType.is_in(types.iter().map(|job_type| job_type.as_str())))
            .order_by_desc(Column::Priority)
            .order_by_asc(Column::ScheduledAt)
            .order_by_asc(Column::CreatedAt)
            .order_by_asc(Column::Id)
            .limit(most)
            // SQLite's transactions lock the whole database when they begin.
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
        let mut jobs = next.all(self.connection).await?;
        if jobs.is_empty() {
            return Ok(jobs);
        }
        let policy = JobPolicy::read(self.connection, types[0]).await?;
        let (token, lease) = (new_id(now), now + policy.lease);
        let ids = jobs.iter().map(|job| Value::from(job.id)).collect();
        let set: [(Column, SimpleExpr); 7] = [
            (Column::Status, Expr::val(ProcessingJobStatus::Running)),
            (Column::ClaimedBy, Expr::val(worker)),
            (Column::ClaimToken, Expr::val(token)),
            (Column::StartedAt, Expr::val(now)),
            (Column::HeartbeatAt, Expr::val(now)),
            (Column::LeaseExpiresAt, Expr::val(lease)),
            (Column::UpdatedAt, Expr::val(now)),
        ];
        let table = self.on::<processing_job::Entity>().acting(Act::of_rows("claim"));
        table.update_where(&Filter::In(Column::Id, ids), set).await?;
        for job in &mut jobs {
            job.status = ProcessingJobStatus::Running;
            job.claimed_by = Some(worker.to_owned());
            job.claim_token = Some(token);
            job.started_at = Some(now);
            job.heartbeat_at = Some(now);
            job.lease_expires_at = Some(lease);
            job.updated_at = now;
        }
        Ok(jobs)
    }
}

fn check(worker: &str, types: &[JobType], most: u64) -> Result<()> {
    if !(1..=MOST).contains(&most) {
        return Err(Error::breaks("range", "n", format!("{most} is not from 1 to {MOST}")));
    }
    if types.is_empty() {
        return Err(Error::breaks("required", "types", "name a kind of job"));
    }
    if worker.trim().is_empty() {
        return Err(Error::breaks("required", "worker", "a worker has a name"));
    }
    if worker.chars().count() > NAME {
        let message = format!("it has more than {NAME} characters");
        return Err(Error::breaks("too_long", "worker", message));
    }
    Ok(())
}
