//! Questions about jobs, runs, tasks, batches and dead letters.

use almanac_entity::{
    UnixTime,
    products::{batch_job, dead_letter, job},
};
use almanac_service::products::{Run as FoundRun, StatusGroup, Task as QueuedTask};
use async_graphql::{Enum, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::{BatchJob, DeadLetter, Job, MeasurementSet};
use crate::graphql::{
    context::{Context, ContextExt},
    error::Result,
    read::{limit, shown},
};

/// What the many words for the status of a job, a batch or an item of one come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "StatusGroup")]
pub enum JobStatusGroup {
    /// Waits: `pending`, `queued`, `deferred`, `scheduled`.
    Pending,
    /// Is at work: `running`, `started`, `in_progress`, `processing`.
    Running,
    /// Ended well: `completed`, `finished`, `done`.
    Completed,
    /// Ended badly: `failed`.
    Failed,
    /// Was called off: `cancelled`, `canceled`.
    Cancelled,
    /// Any other word.
    Unknown,
}

/// How many jobs or items are of a group of statuses.
#[derive(Debug, SimpleObject)]
pub struct JobStatusCount {
    /// The group.
    status: JobStatusGroup,
    /// How many.
    count: u64,
}

pub(crate) fn status_counts(counts: Vec<(StatusGroup, u64)>) -> Vec<JobStatusCount> {
    let count =
        |(status, count): (StatusGroup, u64)| JobStatusCount { status: status.into(), count };
    counts.into_iter().map(count).collect()
}

/// What a run's name stands for: a job, or a measurement set that no job was recorded for.
#[derive(Debug, SimpleObject)]
pub struct Run {
    /// The job; of several of one name, the newest.
    job: Option<Job>,
    /// The measurement set, where there is no job.
    measurement_set: Option<MeasurementSet>,
}

/// A task of the queue; the jobs are the queue.
#[derive(Debug)]
pub struct Task(pub(crate) QueuedTask);

/// A task of the queue; the jobs are the queue.
#[Object]
impl Task {
    /// Its name: 12 hexadecimal digits.
    async fn task_id(&self) -> &str {
        &self.0.task_id
    }

    /// How far it has come: `queued`, `started`, `finished`, `failed`, `canceled`, or `not_found`.
    async fn status(&self) -> &str {
        self.0.status()
    }

    /// How long it may run, seconds.
    async fn timeout_sec(&self) -> f64 {
        self.0.timeout_sec()
    }

    /// The job behind it; null where the queue knows no task of that name.
    async fn job(&self) -> Option<Job> {
        self.0.job.as_ref().map(Job::of)
    }
}

/// How many failures there are.
#[derive(Debug, SimpleObject)]
pub struct DeadLetterStats {
    /// By what became of them, as stored.
    by_status: Vec<NamedCount>,
    /// By the part of the pipeline that failed.
    by_component: Vec<NamedCount>,
}

/// How many rows have a word.
#[derive(Debug, SimpleObject)]
pub struct NamedCount {
    /// The word; null where a row has none.
    pub(crate) name: Option<String>,
    /// How many.
    pub(crate) count: u64,
}

/// Counts by word, as stored.
pub(crate) fn named_counts<W: ToString>(
    counts: impl IntoIterator<Item = (W, u64)>,
) -> Vec<NamedCount> {
    let named = |(word, count): (W, u64)| NamedCount { name: Some(word.to_string()), count };
    counts.into_iter().map(named).collect()
}

/// Jobs at the root of the graph.
#[derive(Debug, Default)]
pub struct JobQueries;

#[Object]
impl JobQueries {
    /// The jobs whose status is of a group, whichever program wrote it, newest first.
    async fn jobs_by_status(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only of this group.")] status: Option<JobStatusGroup>,
        #[graphql(name = "type", desc = "Only of this type, as stored: `image`, `convert` …")]
        kind: Option<String>,
        #[graphql(default = 50, desc = "Rows, at most 1,000.")] limit: i32,
        #[graphql(default, desc = "Rows passed over, at most 100,000.")] offset: i32,
    ) -> Result<Option<Vec<Job>>> {
        let rows = self::limit(limit, 1_000)?;
        let offset = crate::graphql::read::at_most("offset", offset, 100_000)?;
        let (status, kind) = (status.map(StatusGroup::from), kind.map(Into::into));
        let jobs = read!(ctx, job::Entity, |jobs| {
            jobs.list_by_status(status, kind.as_ref(), rows, offset).await
        })?;
        Ok(Some(shown::<job::Entity>(&jobs)))
    }

    /// How many jobs are of each group of statuses.
    async fn job_counts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only jobs asked for at this time or later.")] since: Option<
            DateTime<Utc>,
        >,
    ) -> Result<Option<Vec<JobStatusCount>>> {
        let since = since.map(UnixTime::from);
        let counts = read!(ctx, job::Entity, |jobs| jobs.counts_by_status(since).await)?;
        Ok(Some(status_counts(counts)))
    }

    /// What the name of a run stands for; null where nothing. A name that several measurement sets share to
    /// the second is refused, and the refusal lists them.
    async fn run(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The name, such as `job-2025-10-02-001230`.")] run_id: String,
    ) -> Result<Option<Run>> {
        let found = read!(ctx, job::Entity, |jobs| jobs.find_by_run_id(&run_id).await)?;
        Ok(found.map(|run| match run {
            FoundRun::Job(job) => Run { job: Some(Job::of(&job)), measurement_set: None },
            FoundRun::MeasurementSet(set) => {
                Run { job: None, measurement_set: Some(MeasurementSet::of(&set)) }
            }
        }))
    }

    /// A task of the queue; one whose status is `not_found` where there is none of that name.
    async fn task(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its name: 12 hexadecimal digits.")] task_id: String,
    ) -> Result<Option<Task>> {
        let task = read!(ctx, job::Entity, |jobs| jobs.task(&task_id).await)?;
        Ok(Some(Task(task)))
    }

    /// The tasks of the queue, newest first.
    async fn tasks(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only of this group of statuses.")] status: Option<JobStatusGroup>,
        #[graphql(default = 50, desc = "Rows, at most 200.")] limit: i32,
    ) -> Result<Option<Vec<Task>>> {
        let rows = self::limit(limit, 200)?;
        let status = status.map(StatusGroup::from);
        let tasks = read!(ctx, job::Entity, |jobs| jobs.tasks(status, rows).await)?;
        Ok(Some(tasks.into_iter().map(Task).collect()))
    }

    /// The batches whose status is of a group, whichever program wrote it, newest first.
    async fn batch_jobs_by_status(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only of this group.")] status: Option<JobStatusGroup>,
        #[graphql(name = "type", desc = "Only of this type, as stored: `publish`, `convert` …")]
        kind: Option<String>,
        #[graphql(default = 50, desc = "Rows, at most 1,000.")] limit: i32,
        #[graphql(default, desc = "Rows passed over, at most 100,000.")] offset: i32,
    ) -> Result<Option<Vec<BatchJob>>> {
        let rows = self::limit(limit, 1_000)?;
        let offset = crate::graphql::read::at_most("offset", offset, 100_000)?;
        let (status, kind) = (status.map(StatusGroup::from), kind.map(Into::into));
        let batches = read!(ctx, batch_job::Entity, |batches| {
            batches.list_by_status(status, kind.as_ref(), rows, offset).await
        })?;
        Ok(Some(shown::<batch_job::Entity>(&batches)))
    }

    /// The operations that failed and wait for somebody to care, oldest first.
    async fn pending_dead_letters(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only of this part of the pipeline.")] component: Option<String>,
        #[graphql(default = 100, desc = "Rows, at most 1,000.")] limit: i32,
    ) -> Result<Option<Vec<DeadLetter>>> {
        let rows = self::limit(limit, 1_000)?;
        let pending = read!(ctx, dead_letter::Entity, |letters| {
            letters.pending(component.as_deref(), rows).await
        })?;
        Ok(Some(shown::<dead_letter::Entity>(&pending)))
    }

    /// How many operations failed, by what became of them and by part of the pipeline.
    async fn dead_letter_stats(&self, ctx: &Context<'_>) -> Result<Option<DeadLetterStats>> {
        let stats = read!(ctx, dead_letter::Entity, |letters| letters.stats().await)?;
        Ok(Some(DeadLetterStats {
            by_status: named_counts(stats.by_status),
            by_component: named_counts(stats.by_component),
        }))
    }
}
