//! What a job does with the row that it works on: before the work, after it, and when it failed.
//!
//! Each kind of job has a module with the same three functions. They run in the transaction that claims, completes or
//! fails the job, so that the row and the job never disagree.

mod difference;
mod inference;
mod ingest;
mod notify;
mod preprocess;
mod validate;

use almanac_entity::astrid::processing_job;
use sea_orm::prelude::{DateTimeUtc, Json};

use super::JobType;
use crate::{Result, Writable};

macro_rules! stage {
    ($job:ident, $function:ident($($argument:expr),*)) => {
        match $job.job_type.parse::<JobType>()? {
            JobType::Ingest => ingest::$function($($argument),*).await,
            JobType::Preprocess => preprocess::$function($($argument),*).await,
            JobType::Difference => difference::$function($($argument),*).await,
            JobType::Inference => inference::$function($($argument),*).await,
            JobType::Validate => validate::$function($($argument),*).await,
            JobType::Notify => notify::$function($($argument),*).await,
        }
    };
}

/// Finds the run that a job carries out, or makes it, and starts it. Returns what a worker has to know.
pub(super) async fn begin<C: Writable>(
    connection: &C,
    job: &processing_job::Model,
    now: DateTimeUtc,
) -> Result<Json> {
    stage!(job, begin(connection, job, now))
}

/// Stores what a worker found, and ends the run.
pub(super) async fn finish<C: Writable>(
    connection: &C,
    job: &processing_job::Model,
    output: Json,
    now: DateTimeUtc,
) -> Result<()> {
    stage!(job, finish(connection, job, output, now))
}

/// Lets the run follow a job that failed: wait for the next try where there is one, or fail.
pub(super) async fn fail<C: Writable>(
    connection: &C,
    job: &processing_job::Model,
    error: &str,
    is_retried: bool,
    now: DateTimeUtc,
) -> Result<()> {
    stage!(job, fail(connection, job, error, is_retried, now))
}
