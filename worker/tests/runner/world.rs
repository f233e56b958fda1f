//! A queue, and those who work at it.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
};

use almanac_database::Database;
use almanac_entity::{
    UnixTime,
    astrid::{processing_job, system_config},
};
use almanac_service::{
    Error, Filter, Repository, Result, Sessions, Transaction, Work,
    access::{Operation, Principal, Role},
    astrid::{Detached, Effects, JobType, NewJob},
};
use almanac_worker::{Clock, Runner, Stage, StageFailure};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    prelude::Uuid,
};
use serde_json::{Value, json};

use crate::support::{Engine, TestDatabase};

pub(crate) type Jobs<'w> = Repository<'w, Transaction, processing_job::Entity>;

/// A database with a queue, and a clock that stands still unless it is told otherwise.
pub(crate) struct World {
    pub(crate) test: TestDatabase,
    pub(crate) sessions: Sessions,
    microseconds: Arc<AtomicI64>,
}

impl World {
    pub(crate) async fn new(engine: Engine) -> Self {
        let test = TestDatabase::migrated(Database::Astrid, engine).await;
        let noon: DateTime<Utc> = "2025-10-02T12:00:00Z".parse().unwrap();
        let microseconds = Arc::new(AtomicI64::new(noon.timestamp_micros()));
        let world = Self { sessions: test.sessions(), test, microseconds };
        // Heartbeats come three times in a lease.
        world.set_policy(|policy| policy["lease_s"] = json!(1)).await;
        world
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.microseconds.load(Ordering::SeqCst)).unwrap()
    }

    /// Lets so many seconds pass.
    pub(crate) fn wait(&self, seconds: i64) {
        self.microseconds.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }

    fn clock(&self) -> Clock {
        let microseconds = self.microseconds.clone();
        Arc::new(move || {
            DateTime::from_timestamp_micros(microseconds.load(Ordering::SeqCst)).unwrap()
        })
    }

    /// A worker whose jobs do nothing to any row.
    pub(crate) fn runner(&self) -> Runner {
        Runner::new(self.test.sessions(), "tested")
            .with_clock(self.clock())
            .with_effects(Arc::new(Detached))
    }

    pub(crate) fn work(&self) -> Work {
        let ada = Principal::new("ada", Role::Operator);
        let (operation, now) = (Operation::WorkOnAstridJobs, UnixTime::from(self.now()));
        self.sessions.work(Some(&ada), operation, None, now).unwrap()
    }

    /// Puts so many jobs into the queue. They work on rows that need not be there, with the keys 0, 1, ….
    pub(crate) async fn enqueue(&self, job_type: JobType, count: u128) {
        let new: Vec<NewJob> =
            (0..count).map(|key| NewJob::new(job_type, Uuid::from_u128(key))).collect();
        let work = self.work();
        let jobs: Jobs<'_> = work.table().await.unwrap();
        jobs.enqueue_many(&new, self.now()).await.unwrap();
        work.commit().await.unwrap();
    }

    /// The jobs, by the keys of the rows they work on.
    pub(crate) async fn jobs(&self) -> BTreeMap<u128, processing_job::Model> {
        let reader = self.sessions.reader(Database::Astrid).await.unwrap();
        let jobs = Repository::<_, processing_job::Entity>::new(&reader);
        let all = jobs.slice(&Filter::default(), &[], 10_000, 0).await.unwrap();
        all.into_iter().map(|job| (job.entity_id.as_u128(), job)).collect()
    }

    /// The one job there is.
    pub(crate) async fn job(&self) -> processing_job::Model {
        let mut jobs = self.jobs().await;
        assert_eq!(jobs.len(), 1);
        jobs.pop_first().unwrap().1
    }

    pub(crate) async fn set_policy(&self, change: impl FnOnce(&mut Value)) {
        let work = self.work();
        let settings: Repository<'_, _, system_config::Entity> = work.table().await.unwrap();
        let policy = Filter::eq(system_config::Column::Key, "jobs.policy");
        let mut policy = settings.slice(&policy, &[], 1, 0).await.unwrap().pop().unwrap();
        change(&mut policy.value);
        let row = system_config::ActiveModel {
            id: Unchanged(policy.id),
            value: Set(policy.value),
            ..Default::default()
        };
        settings.update(row).await.unwrap();
        work.commit().await.unwrap();
    }
}

/// Nobody tells a worker to stop.
pub(crate) fn never() -> std::future::Pending<()> {
    std::future::pending()
}

/// A stage that does what a function does.
pub(crate) struct Does<F>(pub(crate) F);

#[async_trait::async_trait]
impl<F, O> Stage for Does<F>
where
    F: Fn(Value) -> O + Send + Sync,
    O: Future<Output = std::result::Result<Value, StageFailure>> + Send,
{
    async fn run(&self, input: &Value) -> std::result::Result<Value, StageFailure> {
        (self.0)(input.clone()).await
    }
}

pub(crate) fn stage<F, O>(does: F) -> Arc<dyn Stage>
where
    F: Fn(Value) -> O + Send + Sync + 'static,
    O: Future<Output = std::result::Result<Value, StageFailure>> + Send + 'static,
{
    Arc::new(Does(does))
}

/// The row that a job works on, as [`Detached`] and [`Keeps`] tell it to a stage.
pub(crate) fn key(input: &Value) -> u128 {
    let ids = input.as_object().unwrap().values().map(|row| row["id"].as_str().unwrap());
    ids.map(|id| id.parse::<Uuid>().unwrap().as_u128()).next().unwrap()
}

/// Keeps what comes of jobs. Where something is `refused`, nothing that is stored or follows is accepted.
#[derive(Default)]
pub(crate) struct Keeps {
    pub(crate) found: Mutex<BTreeMap<u128, Value>>,
    pub(crate) failed: Mutex<Vec<(u128, String, bool)>>,
    pub(crate) refuses_outputs: bool,
    pub(crate) refuses_failures: bool,
    /// What follows a job that is done.
    pub(crate) next: Option<(JobType, JobType)>,
}

#[async_trait::async_trait]
impl Effects for Keeps {
    async fn begin(
        &self,
        transaction: &Transaction,
        job: &processing_job::Model,
        now: DateTime<Utc>,
    ) -> Result<Value> {
        Detached.begin(transaction, job, now).await
    }

    async fn finish(
        &self,
        transaction: &Transaction,
        job: &processing_job::Model,
        output: Value,
        now: DateTime<Utc>,
    ) -> Result<()> {
        if self.refuses_outputs {
            return Err(Error::invalid("score", "it has to be given"));
        }
        self.found.lock().unwrap().insert(job.entity_id.as_u128(), output);
        match self.next {
            Some((first, next)) if job.job_type == first.as_str() => {
                let jobs = Repository::<_, processing_job::Entity>::new(transaction);
                jobs.enqueue(&NewJob::new(next, job.entity_id), now).await.map(drop)
            }
            _ => Ok(()),
        }
    }

    async fn fail(
        &self,
        _: &Transaction,
        job: &processing_job::Model,
        error: &str,
        is_retried: bool,
        _: DateTime<Utc>,
    ) -> Result<()> {
        if self.refuses_failures {
            return Err(Error::not_found("run"));
        }
        let failure = (job.entity_id.as_u128(), error.to_owned(), is_retried);
        self.failed.lock().unwrap().push(failure);
        Ok(())
    }
}

/// A name for what it says.
pub(crate) fn seconds(seconds: i64) -> TimeDelta {
    TimeDelta::seconds(seconds)
}
