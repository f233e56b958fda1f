//! The task queue: the jobs, as a queue service would show them.

use almanac_entity::{
    UnixTime,
    products::{JobStatus, JobType, job},
};
use job::Column::{CreatedAt, Kind, Status};
use sea_orm::ConnectionTrait;
use serde_json::{Value as Json, json};

use super::{
    job::{JobReport, NewJob},
    status_group::StatusGroup,
};
use crate::{Error, Filter, Order, Repository, Result, Writable};

/// How long a task may run unless it says otherwise, seconds.
pub const TASK_TIMEOUT_SEC: f64 = 3_600.0;

/// A task of the queue.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// Its name: 12 hexadecimal digits.
    pub task_id: String,
    /// The job behind it; none where the queue knows no task of that name.
    pub job: Option<job::Model>,
}

impl Task {
    /// The task of a job.
    pub fn of(job: job::Model) -> Self {
        Self { task_id: task_id(job.id), job: Some(job) }
    }

    /// How far it has come: `queued`, `started`, `finished`, `failed`, `canceled`, what else the job says,
    /// or `not_found`.
    pub fn status(&self) -> &str {
        let Some(job) = &self.job else { return "not_found" };
        match StatusGroup::of(job.status.as_str()) {
            StatusGroup::Pending => "queued",
            StatusGroup::Running => "started",
            StatusGroup::Completed => "finished",
            StatusGroup::Failed => "failed",
            StatusGroup::Cancelled => "canceled",
            StatusGroup::Unknown => job.status.as_str(),
        }
    }

    /// How long it may run, seconds.
    pub fn timeout_sec(&self) -> f64 {
        let params = self.job.as_ref().and_then(|job| job.params.as_ref());
        params
            .and_then(|params| params.0.get("timeout_sec").and_then(Json::as_f64))
            .unwrap_or(TASK_TIMEOUT_SEC)
    }
}

/// A task's name: the job's number in hexadecimal digits.
fn task_id(job: i64) -> String {
    format!("{job:012x}")
}

fn job_of(task_id: &str) -> Option<i64> {
    let is_name = task_id.len() == 12 && task_id.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_name.then(|| i64::from_str_radix(task_id, 16).ok())?
}

impl<C: ConnectionTrait> Repository<'_, C, job::Entity> {
    /// The task of a name; one without a job where there is none.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn task(&self, task_id: &str) -> Result<Task> {
        let job = match job_of(task_id) {
            Some(id) => self.find(id).await?,
            None => None,
        };
        Ok(Task { task_id: task_id.to_owned(), job })
    }

    /// The tasks whose status is of a group, or all, newest first.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn tasks(&self, status: Option<StatusGroup>, limit: u64) -> Result<Vec<Task>> {
        let jobs = self.list_by_status(status, None, limit, 0).await?;
        Ok(jobs.into_iter().map(Task::of).collect())
    }
}

impl<C: Writable> Repository<'_, C, job::Entity> {
    /// Puts a call of `function` into the queue.
    ///
    /// # Errors
    /// `function` is blank, `timeout_sec` is not positive, or the engine fails.
    pub async fn enqueue(
        &self,
        function: &str,
        args: Json,
        timeout_sec: f64,
        now: UnixTime,
    ) -> Result<Task> {
        if function.trim().is_empty() {
            return Err(Error::invalid("function", "a task names the function to call"));
        }
        if !(timeout_sec.is_finite() && timeout_sec > 0.0) {
            let message = format!("{timeout_sec} is not a positive number of seconds");
            return Err(Error::invalid("timeout_sec", message));
        }
        let ms_path = args.get("ms_path").and_then(Json::as_str).unwrap_or_default().to_owned();
        let new = NewJob {
            kind: JobType::from(function),
            ms_path,
            params: Some(json!({"args": args, "timeout_sec": timeout_sec}).into()),
            run_id: None,
        };
        Ok(Task::of(self.create(new, now).await?))
    }

    /// Takes the task that has waited longest, of one function or of any, and marks it as started; none
    /// where nothing waits. Two workers never get the same one.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn acquire_task(
        &self,
        function: Option<&str>,
        now: UnixTime,
    ) -> Result<Option<Task>> {
        let mut waiting = Filter::All(vec![StatusGroup::Pending.filter(Status)]);
        if let Some(function) = function {
            waiting = waiting.and(Filter::eq(Kind, function));
        }
        let claimed = self.claim(&waiting, &[Order::asc(CreatedAt)], 1).await?.pop();
        let Some(job) = claimed else { return Ok(None) };
        let started =
            self.update_status(job.id, JobStatus::Running, JobReport::default(), now).await?;
        Ok(Some(Task::of(started)))
    }

    /// Calls a task off that waits or runs.
    ///
    /// # Errors
    /// There is no such task, it has ended, or the engine fails.
    pub async fn cancel_task(&self, task_id: &str, now: UnixTime) -> Result<Task> {
        let id = job_of(task_id).ok_or_else(|| Error::not_found(format!("task {task_id}")))?;
        Ok(Task::of(self.cancel(id, now).await?))
    }
}
