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
#[cfg(test)]
mod walk;

use almanac_entity::astrid::processing_job;
use async_trait::async_trait;
use sea_orm::prelude::{DateTimeUtc, Json};
use serde_json::json;

use super::JobType;
use crate::{Result, Transaction};

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

/// What a job does to the row that it works on.
#[async_trait]
pub trait Effects: Send + Sync {
    /// Finds the run that a job carries out, or makes it, and starts it. Returns what a worker has to know.
    ///
    /// # Errors
    /// The row cannot be worked on, or the engine fails.
    async fn begin(
        &self,
        transaction: &Transaction,
        job: &processing_job::Model,
        now: DateTimeUtc,
    ) -> Result<Json>;

    /// Stores what a worker found, and ends the run.
    ///
    /// # Errors
    /// It cannot be stored, or the engine fails.
    async fn finish(
        &self,
        transaction: &Transaction,
        job: &processing_job::Model,
        output: Json,
        now: DateTimeUtc,
    ) -> Result<()>;

    /// Lets the run follow a job that failed: wait for the next try where there is one, or fail.
    ///
    /// # Errors
    /// It cannot, or the engine fails.
    async fn fail(
        &self,
        transaction: &Transaction,
        job: &processing_job::Model,
        error: &str,
        is_retried: bool,
        now: DateTimeUtc,
    ) -> Result<()>;
}

/// What the kinds of jobs do in the pipeline.
#[derive(Clone, Copy, Debug)]
pub struct Pipeline;

#[async_trait]
impl Effects for Pipeline {
    async fn begin(
        &self,
        transaction: &Transaction,
        job: &processing_job::Model,
        now: DateTimeUtc,
    ) -> Result<Json> {
        stage!(job, begin(transaction, job, now))
    }

    async fn finish(
        &self,
        transaction: &Transaction,
        job: &processing_job::Model,
        output: Json,
        now: DateTimeUtc,
    ) -> Result<()> {
        stage!(job, finish(transaction, job, output, now))
    }

    async fn fail(
        &self,
        transaction: &Transaction,
        job: &processing_job::Model,
        error: &str,
        is_retried: bool,
        now: DateTimeUtc,
    ) -> Result<()> {
        stage!(job, fail(transaction, job, error, is_retried, now))
    }
}

/// Jobs by themselves, whatever becomes of the rows that they work on: for a job whose row cannot follow it any more.
#[derive(Clone, Copy, Debug)]
pub struct Detached;

#[async_trait]
impl Effects for Detached {
    async fn begin(
        &self,
        _: &Transaction,
        job: &processing_job::Model,
        _: DateTimeUtc,
    ) -> Result<Json> {
        Ok(json!({ job.entity_type.as_str(): { "id": job.entity_id } }))
    }

    async fn finish(
        &self,
        _: &Transaction,
        _: &processing_job::Model,
        _: Json,
        _: DateTimeUtc,
    ) -> Result<()> {
        Ok(())
    }

    async fn fail(
        &self,
        _: &Transaction,
        _: &processing_job::Model,
        _: &str,
        _: bool,
        _: DateTimeUtc,
    ) -> Result<()> {
        Ok(())
    }
}
