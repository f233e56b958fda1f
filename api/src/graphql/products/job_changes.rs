//! Changes to jobs and tasks.

use almanac_entity::products::{JobStatus, JobType, job};
use almanac_service::{
    Error,
    products::{JobReport, NewJob},
};
use async_graphql::{ID, InputObject, Json, SimpleObject};
use serde_json::Value;

use super::{Job, Task};
use crate::graphql::{Word, mutation::big_id};

/// A job that is asked for.
#[derive(Debug, InputObject)]
pub struct CreateJobInput {
    /// What is to be done, such as `calibrate`, `image` or `convert`.
    #[graphql(name = "type")]
    kind: String,
    /// The measurement set it works on; left out where it works on none.
    ms_path: Option<String>,
    /// What it is told.
    params: Option<Json<Value>>,
    /// Name of the run; made from the measurement set's where it is not given.
    run_id: Option<String>,
}

/// How a job goes on.
#[derive(Debug, InputObject)]
pub struct UpdateJobStatusInput {
    /// The job: its `rowId`.
    job_id: ID,
    /// Its status.
    status: Word<JobStatus>,
    /// Replaces its log: text as it is, anything else as JSON.
    logs: Option<Json<Value>>,
    /// What it made.
    artifacts: Option<Json<Value>>,
}

/// A line for the log of a job.
#[derive(Debug, InputObject)]
pub struct AppendJobLogInput {
    /// The job: its `rowId`.
    job_id: ID,
    /// The line.
    line: String,
}

/// A job to be done once more.
#[derive(Debug, InputObject)]
pub struct RerunJobInput {
    /// The job: its `rowId`.
    job_id: ID,
}

/// A job to be called off.
#[derive(Debug, InputObject)]
pub struct CancelJobInput {
    /// The job: its `rowId`.
    job_id: ID,
}

/// A job that was changed.
#[derive(Debug, SimpleObject)]
pub struct JobPayload {
    /// The job.
    job: Job,
}

/// A call for the task queue.
#[derive(Debug, InputObject)]
pub struct EnqueueTaskInput {
    /// The function to call.
    function: String,
    /// What it is called with; `ms_path` names the measurement set.
    #[graphql(default)]
    args: Json<Value>,
    /// How long it may run, seconds.
    #[graphql(default = 3600.0)]
    timeout_sec: f64,
}

/// What a worker can do.
#[derive(Debug, InputObject)]
pub struct AcquireTaskInput {
    /// Only tasks that call this function.
    function: Option<String>,
}

/// A task to be called off.
#[derive(Debug, InputObject)]
pub struct CancelTaskInput {
    /// The task's name.
    task_id: String,
}

/// A task that was changed.
#[derive(Debug, SimpleObject)]
pub struct TaskPayload {
    /// The task; null where none waits.
    task: Option<Task>,
}

mutations! {
    /// Changes to jobs and tasks.
    JobMutations {
        /// Asks for a job, which waits then.
        CreateJob: create_job(input: CreateJobInput, work) -> JobPayload {
            let new = NewJob {
                kind: JobType::from(input.kind),
                ms_path: input.ms_path.unwrap_or_default(),
                params: input.params.map(|params| params.0.into()),
                run_id: input.run_id,
            };
            let job = work.table::<job::Entity>().await?.create(new, work.now()).await?;
            Ok(JobPayload { job: Job::of(&job) })
        }

        /// Brings a job to a status. The first time that it runs is when it began, and the first time that
        /// it ends is when it ended.
        UpdateJobStatus: update_job_status(input: UpdateJobStatusInput, work) -> JobPayload {
            let id = big_id(&input.job_id, "jobId")?;
            let report = JobReport {
                logs: input.logs.map(|logs| logs.0),
                artifacts: input.artifacts.map(|artifacts| artifacts.0),
            };
            let jobs = work.table::<job::Entity>().await?;
            let job = jobs.update_status(id, input.status.0, report, work.now()).await?;
            Ok(JobPayload { job: Job::of(&job) })
        }

        /// Adds a line to the log of a job.
        AppendJobLog: append_job_log(input: AppendJobLogInput, work) -> JobPayload {
            let id = big_id(&input.job_id, "jobId")?;
            let jobs = work.table::<job::Entity>().await?;
            jobs.append_log(id, &input.line).await?;
            Ok(JobPayload { job: Job::of(&jobs.get(id).await?) })
        }

        /// Asks for a job once more: a new one with the same type, measurement set and parameters.
        RerunJob: rerun_job(input: RerunJobInput, work) -> JobPayload {
            let id = big_id(&input.job_id, "jobId")?;
            let job = work.table::<job::Entity>().await?.rerun(id, work.now()).await?;
            Ok(JobPayload { job: Job::of(&job) })
        }

        /// Calls a job off that waits or runs.
        CancelJob: cancel_job(input: CancelJobInput, work) -> JobPayload {
            let id = big_id(&input.job_id, "jobId")?;
            let job = work.table::<job::Entity>().await?.cancel(id, work.now()).await?;
            Ok(JobPayload { job: Job::of(&job) })
        }

        /// Puts a call into the task queue.
        EnqueueTask: enqueue_task(input: EnqueueTaskInput, work) -> TaskPayload {
            let jobs = work.table::<job::Entity>().await?;
            let now = work.now();
            let task = jobs.enqueue(&input.function, input.args.0, input.timeout_sec, now).await?;
            Ok(TaskPayload { task: Some(Task(task)) })
        }

        /// Takes the task that has waited longest and marks it as started. Two workers never get the same.
        AcquireTask: acquire_task(input: AcquireTaskInput, work) -> TaskPayload {
            let function = input.function.as_deref();
            if function.is_some_and(|function| function.trim().is_empty()) {
                return Err(Error::invalid("function", "it is blank; leave it out for any"));
            }
            let jobs = work.table::<job::Entity>().await?;
            let task = jobs.acquire_task(function, work.now()).await?;
            Ok(TaskPayload { task: task.map(Task) })
        }

        /// Calls a task off that waits or runs.
        CancelTask: cancel_task(input: CancelTaskInput, work) -> TaskPayload {
            let jobs = work.table::<job::Entity>().await?;
            let task = jobs.cancel_task(&input.task_id, work.now()).await?;
            Ok(TaskPayload { task: Some(Task(task)) })
        }
    }
}
