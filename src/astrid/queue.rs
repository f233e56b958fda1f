//! `almanac astrid jobs`, `reap`, `requeue` and `cancel`: the queue.

use std::process::ExitCode;

use almanac_database::Database;
use almanac_entity::astrid::{ProcessingJobStatus, processing_job};
use almanac_service::{
    Filter, Order, Repository, Sessions,
    access::Operation,
    astrid::{JobType, Pipeline},
};
use anyhow::Context;
use chrono::{DateTime, SecondsFormat, Utc};
use clap::Args;
use processing_job::Column;
use sea_orm::Value;
use serde_json::json;
use uuid::Uuid;

use crate::{
    output::{complain, say, say_json, say_table},
    variability::work,
};

/// Characters of an error in a table.
const ERROR: usize = 60;

#[derive(Args)]
pub(crate) struct Jobs {
    /// Only jobs in this state: pending, running, completed, failed or cancelled; may be given again
    #[arg(long, value_name = "STATUS", value_parser = status)]
    status: Vec<ProcessingJobStatus>,
    /// Only jobs of this kind, such as preprocess; may be given again
    #[arg(long = "type", value_name = "TYPE")]
    types: Vec<JobType>,
    /// So many at most
    #[arg(long, default_value_t = 100)]
    limit: u64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(crate) struct Reap {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Jobs by their ids.
#[derive(Args)]
pub(crate) struct Chosen {
    /// Ids of jobs
    #[arg(required = true, value_name = "JOB")]
    jobs: Vec<Uuid>,
}

impl Jobs {
    pub(crate) async fn run(self, sessions: &Sessions) -> anyhow::Result<ExitCode> {
        let mut filter = Filter::default();
        if !self.status.is_empty() {
            let statuses = self.status.into_iter().map(Value::from);
            filter = filter.and(Filter::In(Column::Status, statuses.collect()));
        }
        if !self.types.is_empty() {
            let types = self.types.iter().map(|job_type| Value::from(job_type.as_str()));
            filter = filter.and(Filter::In(Column::JobType, types.collect()));
        }
        let reader = sessions.reader(Database::Astrid).await?;
        let jobs = Repository::<_, processing_job::Entity>::new(&reader);
        let jobs = jobs.slice(&filter, &[Order::desc(Column::CreatedAt)], self.limit, 0).await?;
        show(&jobs, self.json)
    }
}

impl Reap {
    pub(crate) async fn run(self, sessions: &Sessions) -> anyhow::Result<ExitCode> {
        let work = work(sessions, Operation::WorkOnAstridJobs)?;
        let (who, now) = (work.principal().clone(), work.instant()?);
        let reaped = almanac_worker::reap(sessions, &who, &Pipeline, now).await?;
        if self.json {
            return show(&reaped, true);
        }
        let retried = reaped.iter().filter(|job| job.status == ProcessingJobStatus::Pending);
        let (all, retried) = (reaped.len(), retried.count());
        say(format_args!("{retried} jobs to be tried again, {} failed", all - retried));
        Ok(ExitCode::SUCCESS)
    }
}

impl Chosen {
    pub(crate) async fn requeue(self, sessions: &Sessions) -> anyhow::Result<ExitCode> {
        for id in self.jobs {
            let work = work(sessions, Operation::WorkOnAstridJobs)?;
            let now = work.instant()?;
            let jobs = work.table::<processing_job::Entity>().await?;
            jobs.requeue(id, now).await.with_context(|| id.to_string())?;
            work.commit().await?;
            say(format_args!("{id} waits again"));
        }
        Ok(ExitCode::SUCCESS)
    }

    pub(crate) async fn cancel(self, sessions: &Sessions) -> anyhow::Result<ExitCode> {
        for id in self.jobs {
            let work = work(sessions, Operation::WorkOnAstridJobs)?;
            let now = work.instant()?;
            let jobs = work.table::<processing_job::Entity>().await?;
            jobs.cancel(&Pipeline, id, now).await.with_context(|| id.to_string())?;
            work.commit().await?;
            say(format_args!("{id} is called off"));
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn status(word: &str) -> Result<ProcessingJobStatus, String> {
    use ProcessingJobStatus::{Cancelled, Completed, Failed, Pending, Running};
    let mut all = [Pending, Running, Completed, Failed, Cancelled].into_iter();
    all.find(|status| status.as_str() == word)
        .ok_or_else(|| "it is none of pending, running, completed, failed, cancelled".to_owned())
}

fn show(jobs: &[processing_job::Model], as_json: bool) -> anyhow::Result<ExitCode> {
    if as_json {
        // Whoever has the token could write for the worker.
        let shown = jobs.iter().map(|job| {
            let mut shown = json!(job);
            shown.as_object_mut().map(|columns| columns.remove("claim_token"));
            shown
        });
        say_json(&shown.collect::<Vec<_>>())?;
        return Ok(ExitCode::SUCCESS);
    }
    let rows: Vec<[String; 7]> = jobs.iter().map(row).collect();
    if rows.is_empty() {
        complain("no jobs");
    } else {
        say_table(["ID", "TYPE", "STATUS", "RETRIES", "SCHEDULED", "WORKER", "ERROR"], &rows);
    }
    Ok(ExitCode::SUCCESS)
}

fn row(job: &processing_job::Model) -> [String; 7] {
    let error = job.error_message.as_deref().unwrap_or_default();
    [
        job.id.to_string(),
        job.job_type.clone(),
        job.status.to_string(),
        format!("{} of {}", job.retry_count, job.max_retries),
        shown(job.scheduled_at),
        job.claimed_by.clone().unwrap_or_default(),
        error.lines().next().unwrap_or_default().chars().take(ERROR).collect(),
    ]
}

fn shown(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
