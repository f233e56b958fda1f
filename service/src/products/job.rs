//! Jobs: what the pipeline was asked to do, and how it went.

use almanac_entity::{
    JsonText, UnixTime,
    products::{JobStatus, JobType, job},
};
use job::Column::{CreatedAt, Id, Kind, Logs, Status};
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ColumnTrait, ConnectionTrait, EntityTrait, QuerySelect,
    sea_query::{BinOper, Expr, ExprTrait, Func, SimpleExpr},
};
use serde_json::Value as Json;

use super::{
    run_id::{rerun_id, run_id_of},
    status_group::{StatusGroup, by_group},
};
use crate::{Error, Filter, Order, Repository, Result, Writable};

/// A job that is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct NewJob {
    /// What is to be done.
    pub kind: JobType,
    /// The measurement set it works on; empty where it works on none.
    pub ms_path: String,
    /// What it is told.
    pub params: Option<JsonText>,
    /// The run's name; one is made from the measurement set's where none is given.
    pub run_id: Option<String>,
}

/// What a job reports along with its status.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JobReport {
    /// Replaces its log: text as it is, anything else as JSON.
    pub logs: Option<Json>,
    /// What it made.
    pub artifacts: Option<Json>,
}

impl<C: ConnectionTrait> Repository<'_, C, job::Entity> {
    /// The jobs whose status is of a group, of a type, or all, newest first.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn list_by_status(
        &self,
        status: Option<StatusGroup>,
        kind: Option<&JobType>,
        limit: u64,
        offset: u64,
    ) -> Result<Vec<job::Model>> {
        let status = status.map(|group| group.filter(Status));
        let kind = kind.map(|kind| Filter::eq(Kind, kind.clone()));
        let filter = Filter::All(status.into_iter().chain(kind).collect());
        self.slice(&filter, &[Order::desc(CreatedAt)], limit, offset).await
    }

    /// How many jobs there are of each group, of those created at `since` or later or of all.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn counts_by_status(
        &self,
        since: Option<UnixTime>,
    ) -> Result<Vec<(StatusGroup, u64)>> {
        let mut select =
            job::Entity::find().select_only().column(Status).expr(Id.count()).group_by(Status);
        if let Some(since) = since {
            select = sea_orm::QueryFilter::filter(select, CreatedAt.gte(since));
        }
        let counts: Vec<(String, i64)> = select.into_tuple().all(self.connection).await?;
        Ok(by_group(counts))
    }
}

impl<C: Writable> Repository<'_, C, job::Entity> {
    /// Asks for a job, which waits from `now` on.
    ///
    /// # Errors
    /// It does not say what is to be done, or the engine fails.
    pub async fn create(&self, new: NewJob, now: UnixTime) -> Result<job::Model> {
        if new.kind.as_str().trim().is_empty() {
            return Err(Error::invalid("type", "a job says what is to be done"));
        }
        let run_id = new.run_id.or_else(|| run_id_of(&new.ms_path));
        self.insert(job::ActiveModel {
            kind: Set(new.kind),
            status: Set(JobStatus::Pending),
            ms_path: Set(new.ms_path),
            run_id: Set(run_id),
            params: Set(new.params),
            created_at: Set(now),
            ..Default::default()
        })
        .await
    }

    /// Brings a job to a status. The first time that it runs is when it began, and the first time that it
    /// ends is when it ended.
    ///
    /// # Errors
    /// There is no such job or no such status, or the engine fails.
    pub async fn update_status(
        &self,
        id: i64,
        status: JobStatus,
        report: JobReport,
        now: UnixTime,
    ) -> Result<job::Model> {
        let status = known_status(&status)?;
        let job = self.lock(id).await?.ok_or_else(|| no_job(id))?;
        let group = StatusGroup::of(status.as_str());
        let mut row =
            job::ActiveModel { id: Unchanged(id), status: Set(status), ..Default::default() };
        if group == StatusGroup::Running && job.started_at.is_none() {
            row.started_at = Set(Some(now));
        }
        if group.is_finished() && job.finished_at.is_none() {
            row.finished_at = Set(Some(now));
        }
        if let Some(logs) = report.logs {
            row.logs = Set(Some(match logs {
                Json::String(text) => text,
                structured => structured.to_string(),
            }));
        }
        if let Some(artifacts) = report.artifacts {
            row.artifacts = Set(Some(artifacts.into()));
        }
        self.update(row).await
    }

    /// Adds a line to a job's log; lines that are added at the same time do not lose each other.
    ///
    /// # Errors
    /// There is no such job, or the engine fails.
    pub async fn append_log(&self, id: i64, line: &str) -> Result<()> {
        let so_far = Func::coalesce([Expr::col(Logs), "".into()]);
        let line = format!("{}\n", line.trim_end_matches(['\r', '\n']));
        let logs = SimpleExpr::from(so_far).binary(BinOper::Custom("||"), line);
        match self.update_where(&Filter::eq(Id, id), [(Logs, logs)]).await? {
            0 => Err(no_job(id)),
            _ => Ok(()),
        }
    }

    /// Asks for the same once more: a new job with the type, the measurement set and the parameters of
    /// `id`, whose run is named after the first one and `now`.
    ///
    /// # Errors
    /// There is no such job, or the engine fails.
    pub async fn rerun(&self, id: i64, now: UnixTime) -> Result<job::Model> {
        let job = self.find(id).await?.ok_or_else(|| no_job(id))?;
        let base = job.run_id.or_else(|| run_id_of(&job.ms_path));
        let base = base.unwrap_or_else(|| format!("job-{id}"));
        let new = NewJob {
            kind: job.kind,
            ms_path: job.ms_path,
            params: job.params,
            run_id: Some(rerun_id(&base, now)),
        };
        self.create(new, now).await
    }

    /// Calls a job off that waits or runs.
    ///
    /// # Errors
    /// There is no such job, it has ended, or the engine fails.
    pub async fn cancel(&self, id: i64, now: UnixTime) -> Result<job::Model> {
        let job = self.lock(id).await?.ok_or_else(|| no_job(id))?;
        let group = StatusGroup::of(job.status.as_str());
        if !matches!(group, StatusGroup::Pending | StatusGroup::Running) {
            let message = format!(
                "job {id} is {}; only a job that is pending or running can be cancelled",
                job.status
            );
            return Err(Error::Conflict(message));
        }
        self.update_status(id, JobStatus::Cancelled, JobReport::default(), now).await
    }
}

/// The status by its word here, whichever program's word it was given by.
fn known_status(status: &JobStatus) -> Result<JobStatus> {
    Ok(match StatusGroup::of(status.as_str()) {
        StatusGroup::Pending => JobStatus::Pending,
        StatusGroup::Running => JobStatus::Running,
        StatusGroup::Completed => JobStatus::Completed,
        StatusGroup::Failed => JobStatus::Failed,
        StatusGroup::Cancelled => JobStatus::Cancelled,
        StatusGroup::Unknown => {
            let words = "pending, running, completed, failed, cancelled";
            return Err(Error::invalid("status", format!("{status:?} is none of {words}")));
        }
    })
}

pub(super) fn no_job(id: i64) -> Error {
    Error::not_found(format!("job {id}"))
}
