//! How AstrID's queue of jobs and its workers do.

use almanac_entity::astrid::processing_job;
use almanac_service::{
    Error, Repository,
    astrid::{self, Health, JobType},
};
use async_graphql::{Enum, Object, SimpleObject};
use chrono::{DateTime, TimeDelta, Utc};

use super::statistics::counting;
use crate::graphql::{
    context::Context,
    error::{Result, graph_error},
};

/// Hours of a window at the most: 31 days.
const LONGEST: i32 = 744;

/// How AstrID's queue did in some hours.
#[derive(Debug, SimpleObject)]
pub struct AstridJobStats {
    /// Each kind of job, in the order of the pipeline.
    types: Vec<AstridJobTypeStats>,
    /// The workers that were heard of in that time, by name.
    workers: Vec<AstridWorker>,
}

/// How the jobs of a kind did.
#[derive(Debug, SimpleObject)]
pub struct AstridJobTypeStats {
    /// The kind, as stored.
    job_type: &'static str,
    /// Jobs that wait now, be it for a retry.
    depth: u64,
    /// Seconds since the oldest of those was made.
    oldest_pending_sec: Option<f64>,
    /// Jobs that run now.
    running: u64,
    /// Those of them whose lease has not expired.
    live: u64,
    /// Jobs that were completed in the window.
    completed: u64,
    /// Jobs that failed for good in the window.
    failed: u64,
    /// Jobs that have used a retry and changed in the window.
    retried: u64,
    /// Mean of the seconds that the last try at a job took that was completed in the window, six decimals.
    mean_sec: Option<f64>,
    /// 95 % of them took no longer, seconds.
    p95_sec: Option<f64>,
}

/// A worker that was heard of.
#[derive(Debug, SimpleObject)]
pub struct AstridWorker {
    /// Its name.
    name: String,
    /// When it was heard of last.
    last_heartbeat_at: DateTime<Utc>,
}

/// How well AstrID's workers do.
#[derive(Debug, SimpleObject)]
pub struct AstridWorkerHealth {
    /// In a word.
    health: AstridHealth,
    /// Share of the running jobs whose lease has not expired; 1 where none runs.
    live_share: f64,
    /// Share of failures among the jobs that ended in the window; 0 where none did.
    failure_rate: f64,
    /// Kinds of job of which more wait than should, as stored.
    backlog: Vec<&'static str>,
}

/// How well workers do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Health")]
pub enum AstridHealth {
    /// Nothing to be seen to.
    Healthy,
    /// Somebody should look.
    Degraded,
    /// Somebody must look.
    Unhealthy,
}

/// How AstrID's queue and workers do, at the root of the graph.
#[derive(Debug, Default)]
pub struct AstridQueueQueries;

#[Object]
impl AstridQueueQueries {
    /// How AstrID's queue of jobs did in the last hours.
    async fn astrid_job_stats(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 24, desc = "Hours, from 1 to 744.")] window_hours: i32,
    ) -> Result<Option<AstridJobStats>> {
        let read = async {
            let window = hours(window_hours)?;
            let reader = counting::<processing_job::Entity>(ctx).await?;
            Repository::<_, processing_job::Entity>::new(&reader).stats(window, Utc::now()).await
        };
        let stats = Box::pin(read).await.map_err(|error| graph_error(&error))?;
        Ok(Some(stats.into()))
    }

    /// How well AstrID's workers did in the last hours.
    async fn astrid_worker_health(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 24, desc = "Hours, from 1 to 744.")] window_hours: i32,
    ) -> Result<Option<AstridWorkerHealth>> {
        let read = async {
            let window = hours(window_hours)?;
            let reader = counting::<processing_job::Entity>(ctx).await?;
            let jobs = Repository::<_, processing_job::Entity>::new(&reader);
            jobs.worker_health(window, Utc::now()).await
        };
        let health = Box::pin(read).await.map_err(|error| graph_error(&error))?;
        Ok(Some(health.into()))
    }
}

/// A window of time.
pub(super) fn hours(window_hours: i32) -> almanac_service::Result<TimeDelta> {
    if !(1..=LONGEST).contains(&window_hours) {
        let message = format!("{window_hours} is not from 1 to {LONGEST}");
        return Err(Error::invalid("windowHours", message));
    }
    Ok(TimeDelta::hours(i64::from(window_hours)))
}

impl From<astrid::JobStats> for AstridJobStats {
    fn from(stats: astrid::JobStats) -> Self {
        let of_type = |of: astrid::TypeStats| AstridJobTypeStats {
            job_type: of.job_type.as_str(),
            depth: of.depth,
            oldest_pending_sec: of.oldest_pending_s,
            running: of.running,
            live: of.live,
            completed: of.completed,
            failed: of.failed,
            retried: of.retried,
            mean_sec: of.mean_s,
            p95_sec: of.p95_s,
        };
        let worker = |seen: astrid::WorkerSeen| AstridWorker {
            name: seen.name,
            last_heartbeat_at: seen.last_heartbeat_at,
        };
        Self {
            types: stats.types.into_iter().map(of_type).collect(),
            workers: stats.workers.into_iter().map(worker).collect(),
        }
    }
}

impl From<astrid::WorkerHealth> for AstridWorkerHealth {
    fn from(health: astrid::WorkerHealth) -> Self {
        Self {
            health: health.health.into(),
            live_share: health.live_share,
            failure_rate: health.failure_rate,
            backlog: health.backlog.into_iter().map(JobType::as_str).collect(),
        }
    }
}
