//! The loop of a worker.

use std::{fmt, sync::Arc, time::Duration};

use almanac_service::{
    Error, Result, Sessions,
    access::{Principal, Role},
    astrid::{Effects, JobType, Pipeline},
};
use sea_orm::prelude::DateTimeUtc;

use crate::{Stage, desk::Desk, pool::Pool, shift::Shift};

/// Where a worker gets the time from.
pub type Clock = Arc<dyn Fn() -> DateTimeUtc + Send + Sync>;

/// How often a worker looks whether anybody has written to the database, where it is not told.
const INTERVAL: Duration = Duration::from_secs(1);

/// A worker: it claims jobs, has their work done, and tells what came of it.
///
/// Of each kind it works on as many jobs at once as the policy has it. It hears of new jobs on PostgreSQL from those
/// who commit them, and looks at intervals otherwise. Now and then it also ends tries whose workers died.
pub struct Runner {
    desk: Desk,
    stages: Vec<(JobType, Arc<dyn Stage>)>,
    concurrency: Option<u32>,
    interval: Duration,
}

/// What a worker has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Jobs completed.
    pub completed: u64,
    /// Tries that failed, and will be followed by another.
    pub retried: u64,
    /// Jobs that failed for good.
    pub failed: u64,
    /// Jobs given back, since it was told to stop.
    pub released: u64,
    /// Jobs that somebody took from it, or of which nobody could be told.
    pub lost: u64,
    /// Tries of others that it has ended.
    pub reaped: u64,
}

impl Runner {
    /// A worker of this name, which has nothing to do yet. The audit log calls it `system:worker:<name>`.
    pub fn new(sessions: Sessions, name: impl Into<String>) -> Self {
        let name = name.into();
        let desk = Desk {
            sessions,
            principal: Principal::new(format!("system:worker:{name}"), Role::Operator),
            name,
            effects: Arc::new(Pipeline),
            clock: Arc::new(chrono::Utc::now),
        };
        Self { desk, stages: Vec::new(), concurrency: None, interval: INTERVAL }
    }

    /// Has jobs of this kind done by `stage`.
    #[must_use]
    pub fn with_stage(mut self, job_type: JobType, stage: Arc<dyn Stage>) -> Self {
        self.stages.retain(|(other, _)| *other != job_type);
        self.stages.push((job_type, stage));
        self
    }

    /// Works on so many jobs of each kind at once, whatever the policy.
    #[must_use]
    pub fn with_concurrency(self, concurrency: u32) -> Self {
        Self { concurrency: Some(concurrency), ..self }
    }

    /// Looks so often whether anybody has written to the database.
    #[must_use]
    pub fn with_interval(self, interval: Duration) -> Self {
        Self { interval, ..self }
    }

    /// Lets jobs do something else to the rows they work on than they do in the pipeline.
    #[must_use]
    pub fn with_effects(mut self, effects: Arc<dyn Effects>) -> Self {
        self.desk.effects = effects;
        self
    }

    /// Takes the time from `clock`. How long work takes is not measured by it.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.desk.clock = clock;
        self
    }

    /// Works until `stop`; then it claims nothing more, and gives back what it works on.
    ///
    /// # Errors
    /// The queue cannot be used: there is none, or the settings make no sense. A database that is busy or broken is
    /// waited for.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Result<Tally> {
        Box::pin(self.work(stop, false)).await
    }

    /// Works until none of its jobs can be claimed and none runs, whoever works on it, or until `stop`. Jobs whose
    /// time has not come stay.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn drain(self, stop: impl Future<Output = ()>) -> Result<Tally> {
        Box::pin(self.work(stop, true)).await
    }

    async fn work(self, stop: impl Future<Output = ()>, until_empty: bool) -> Result<Tally> {
        let pools = self.pools().await?;
        let Self { desk, interval, .. } = self;
        let mut shift = Shift::new(desk, pools, interval, until_empty);
        let outcome = shift.work(stop).await;
        let tally = shift.end().await;
        outcome.map(|()| tally)
    }

    /// The pools, those whose jobs come first first.
    async fn pools(&self) -> Result<Vec<Pool>> {
        let mut pools = Vec::new();
        for (job_type, stage) in &self.stages {
            let policy = self.desk.policy(*job_type).await?;
            let size = self.concurrency.unwrap_or(policy.concurrency);
            pools.push(Pool::new(*job_type, stage.clone(), policy, size));
        }
        pools.retain(Pool::has_room);
        if pools.is_empty() {
            return Err(Error::invalid("types", "a worker for no jobs has nothing to do"));
        }
        pools.sort_by_key(Pool::rank);
        Ok(pools)
    }
}

impl fmt::Debug for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let types: Vec<JobType> = self.stages.iter().map(|(job_type, _)| *job_type).collect();
        f.debug_struct("Runner")
            .field("name", &self.desk.name)
            .field("types", &types)
            .finish_non_exhaustive()
    }
}
