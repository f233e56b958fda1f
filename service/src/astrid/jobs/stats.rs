//! How the queue does.

use std::collections::BTreeMap;

use almanac_entity::astrid::{ProcessingJobStatus, processing_job, system_config};
use chrono::TimeDelta;
use processing_job::Column;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect,
    prelude::DateTimeUtc,
    sea_query::{Expr, ExprTrait, Func, SimpleExpr},
};
use serde_json::Value as Json;

use super::{JobType, states::is};
use crate::{Error, Repository, Result, astrid::stored};

use ProcessingJobStatus::{Completed, Failed, Pending, Running};

/// Days of a window, at most.
const LONGEST: i64 = 31;

/// The setting with the bounds of what is well.
const KEY: &str = "pipeline.schedule";

/// How the queue did in a window of time.
#[derive(Clone, Debug, PartialEq)]
pub struct JobStats {
    /// Each kind of job, in the order of the pipeline.
    pub types: Vec<TypeStats>,
    /// The workers that were heard of in the window, by name.
    pub workers: Vec<WorkerSeen>,
}

/// How the jobs of a kind did.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeStats {
    /// The kind.
    pub job_type: JobType,
    /// Jobs that wait now, be it for a retry.
    pub depth: u64,
    /// Seconds since the oldest of those was made.
    pub oldest_pending_s: Option<f64>,
    /// Jobs that run now.
    pub running: u64,
    /// Those of them whose lease has not expired.
    pub live: u64,
    /// Jobs that were completed in the window.
    pub completed: u64,
    /// Jobs that failed for good in the window.
    pub failed: u64,
    /// Jobs that have used a retry and changed in the window.
    pub retried: u64,
    /// Mean of the seconds that the last try at a job took that was completed in the window, to six decimals.
    pub mean_s: Option<f64>,
    /// The 95th percentile of those, by the nearest rank.
    pub p95_s: Option<f64>,
}

/// A worker that was heard of.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct WorkerSeen {
    /// Its name.
    pub name: String,
    /// When it was heard of last.
    pub last_heartbeat_at: DateTimeUtc,
}

/// How well workers do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Health {
    /// Nothing to be seen to.
    Healthy,
    /// Somebody should look.
    Degraded,
    /// Somebody must look.
    Unhealthy,
}

impl Health {
    /// Its word, such as `healthy`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::Unhealthy => "unhealthy",
        }
    }
}

/// How well the workers do.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkerHealth {
    /// In a word.
    pub health: Health,
    /// Share of the running jobs whose lease has not expired; 1 where none runs.
    pub live_share: f64,
    /// Share of failures among the jobs that ended in the window; 0 where none did.
    pub failure_rate: f64,
    /// Kinds of which more jobs wait than should.
    pub backlog: Vec<JobType>,
}

/// What is counted of the jobs of a kind that are in a state.
#[derive(FromQueryResult)]
struct Count {
    job_type: String,
    status: ProcessingJobStatus,
    many: i64,
    oldest: Option<DateTimeUtc>,
    live: i64,
    ended: i64,
    retried: i64,
}

impl<C: ConnectionTrait> Repository<'_, C, processing_job::Entity> {
    /// How the queue did in the `window` before `now`. Three statements.
    ///
    /// # Errors
    /// The window is not above 0 or longer than 31 days, or the engine fails.
    pub async fn stats(&self, window: TimeDelta, now: DateTimeUtc) -> Result<JobStats> {
        if window <= TimeDelta::zero() || window > TimeDelta::days(LONGEST) {
            let message = format!("it is not above 0 and at most {LONGEST} days");
            return Err(Error::breaks("range", "window", message));
        }
        let (now, since) = (stored(now), stored(now - window));
        let mut types = JobType::ALL.map(TypeStats::none);
        for count in self.counts(since, now).await? {
            let job_type: JobType = count.job_type.parse()?;
            types[job_type as usize].add(&count, now);
        }
        for (job_type, times) in self.times(since, now).await? {
            let of = &mut types[job_type.parse::<JobType>()? as usize];
            (of.mean_s, of.p95_s) = (mean(&times), p95(times));
        }
        let workers = processing_job::Entity::find()
            .select_only()
            .column_as(Column::ClaimedBy, "name")
            .column_as(Column::HeartbeatAt.max(), "last_heartbeat_at")
            .filter(Column::ClaimedBy.is_not_null())
            .filter(Column::HeartbeatAt.gte(since))
            .group_by(Column::ClaimedBy)
            .order_by_asc(Column::ClaimedBy)
            .into_model()
            .all(self.connection)
            .await?;
        Ok(JobStats { types: types.into(), workers })
    }

    /// How well the workers did in the `window` before `now`.
    ///
    /// # Errors
    /// As [`stats`](Self::stats).
    pub async fn worker_health(&self, window: TimeDelta, now: DateTimeUtc) -> Result<WorkerHealth> {
        let bounds = system_config::Entity::find()
            .filter(system_config::Column::Key.eq(KEY))
            .filter(system_config::Column::IsActive.eq(true))
            .one(self.connection)
            .await?;
        let bounds = bounds.map(|setting| Bounds::read(&setting.value)).unwrap_or_default();
        Ok(bounds.judge(&self.stats(window, now).await?))
    }

    async fn counts(&self, since: DateTimeUtc, now: DateTimeUtc) -> Result<Vec<Count>> {
        // PostgreSQL's sum of whole numbers is of another kind than they are.
        let sum = |condition: SimpleExpr| {
            let one = Expr::case(condition, Expr::val(1)).finally(Expr::val(0));
            SimpleExpr::from(Func::sum(one)).cast_as("BIGINT")
        };
        let select = processing_job::Entity::find()
            .select_only()
            .column(Column::JobType)
            .column(Column::Status)
            .column_as(Column::Id.count(), "many")
            .column_as(Column::CreatedAt.min(), "oldest")
            .column_as(sum(Column::LeaseExpiresAt.gte(now)), "live")
            .column_as(sum(Column::CompletedAt.gte(since)), "ended")
            .column_as(sum(Column::RetryCount.gt(0).and(Column::UpdatedAt.gte(since))), "retried")
            .filter(
                Condition::any()
                    .add(is(Pending))
                    .add(is(Running))
                    .add(Column::UpdatedAt.gte(since)),
            )
            .group_by(Column::JobType)
            .group_by(Column::Status);
        Ok(select.into_model().all(self.connection).await?)
    }

    /// How long the last tries at jobs took that were completed, microseconds, by their kind. The engines do not
    /// subtract instants alike, so it is done here.
    async fn times(
        &self,
        since: DateTimeUtc,
        now: DateTimeUtc,
    ) -> Result<BTreeMap<String, Vec<i64>>> {
        let select = processing_job::Entity::find()
            .select_only()
            .columns([Column::JobType, Column::StartedAt, Column::CompletedAt])
            .filter(is(Completed))
            .filter(Column::StartedAt.is_not_null())
            .filter(Column::CompletedAt.between(since, now));
        let rows: Vec<(String, DateTimeUtc, DateTimeUtc)> =
            select.into_tuple().all(self.connection).await?;
        let mut times = BTreeMap::<_, Vec<_>>::new();
        for (job_type, started, completed) in rows {
            let took = (completed - started).num_microseconds().unwrap_or(i64::MAX);
            times.entry(job_type).or_default().push(took);
        }
        Ok(times)
    }
}

impl TypeStats {
    fn none(job_type: JobType) -> Self {
        Self {
            job_type,
            depth: 0,
            oldest_pending_s: None,
            running: 0,
            live: 0,
            completed: 0,
            failed: 0,
            retried: 0,
            mean_s: None,
            p95_s: None,
        }
    }

    fn add(&mut self, count: &Count, now: DateTimeUtc) {
        let number = |count: i64| u64::try_from(count).unwrap_or_default();
        self.retried += number(count.retried);
        match count.status {
            Pending => {
                self.depth = number(count.many);
                let age = |made: DateTimeUtc| (now - made).num_microseconds().unwrap_or(i64::MAX);
                self.oldest_pending_s = count.oldest.map(|made| seconds(Ord::max(age(made), 0)));
            }
            Running => {
                self.running = number(count.many);
                self.live = number(count.live);
            }
            Completed => self.completed = number(count.ended),
            Failed => self.failed = number(count.ended),
            ProcessingJobStatus::Cancelled => {}
        }
    }
}

/// What is well, and what is not.
struct Bounds {
    /// The greatest failure rate of what is healthy.
    failure_rate: f64,
    /// The greatest depth that is no backlog.
    depth: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { failure_rate: 0.05, depth: 100 }
    }
}

impl Bounds {
    /// As the setting has them; what it does not say is as by default.
    fn read(value: &Json) -> Self {
        let usual = Self::default();
        let rate = value.get("error_rate_threshold").and_then(Json::as_f64);
        let depth = value.get("queue_backlog_threshold").and_then(Json::as_u64);
        Self {
            failure_rate: rate.unwrap_or(usual.failure_rate),
            depth: depth.unwrap_or(usual.depth),
        }
    }

    fn judge(&self, stats: &JobStats) -> WorkerHealth {
        let sum = |of: fn(&TypeStats) -> u64| stats.types.iter().map(of).sum::<u64>();
        let failed = sum(|of| of.failed);
        let live_share = share(sum(|of| of.live), sum(|of| of.running)).unwrap_or(1.0);
        let failure_rate = share(failed, failed + sum(|of| of.completed)).unwrap_or(0.0);
        let health = if live_share >= 0.9 && failure_rate <= self.failure_rate {
            Health::Healthy
        } else if live_share >= 0.7 && failure_rate <= self.failure_rate.max(0.10) {
            Health::Degraded
        } else {
            Health::Unhealthy
        };
        let deep = stats.types.iter().filter(|of| of.depth > self.depth);
        let backlog = deep.map(|of| of.job_type).collect();
        WorkerHealth { health, live_share, failure_rate, backlog }
    }
}

#[expect(clippy::cast_precision_loss, reason = "jobs are far fewer than 2⁵²")]
fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[expect(clippy::cast_precision_loss, reason = "a run takes far less than 2⁵² microseconds")]
fn seconds(microseconds: i64) -> f64 {
    microseconds as f64 / 1e6
}

/// The mean of microseconds in seconds, to six decimals, halves away from zero.
fn mean(times: &[i64]) -> Option<f64> {
    let count = i128::try_from(times.len()).ok().filter(|count| *count > 0)?;
    let sum: i128 = times.iter().copied().map(i128::from).sum();
    let rounded = (2 * sum + count).div_euclid(2 * count);
    i64::try_from(rounded).ok().map(seconds)
}

fn p95(mut times: Vec<i64>) -> Option<f64> {
    times.sort_unstable();
    let rank = (times.len() * 95).div_ceil(100);
    times.get(rank.checked_sub(1)?).copied().map(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_and_percentiles_are_exact() {
        assert_eq!((mean(&[]), p95(Vec::new())), (None, None));
        assert_eq!(mean(&[1, 2]), Some(0.000_002));
        assert_eq!(mean(&[1_000_000, 2_000_000, 2_000_000]), Some(1.666_667));
        let times: Vec<i64> = (1..=20).rev().map(|second| second * 1_000_000).collect();
        assert_eq!(p95(times), Some(19.0));
        assert_eq!(p95(vec![7]), Some(0.000_007));
    }
}
