//! Changes to AstrID's queue of jobs.

use almanac_entity::astrid::processing_job;
use almanac_service::{
    Result, Work,
    astrid::{Enqueued, JobType, NewJob, Pipeline},
};
use async_graphql::{ID, InputObject, SimpleObject};
use chrono::{DateTime, Utc};

use super::AstridProcessingJob;
use crate::graphql::mutation::{audit_record_ids, uuid};

/// How a job is to be run; what is not given is as the policy of its kind has it.
#[derive(Debug, Default, InputObject)]
pub struct AstridJobInput {
    /// Larger runs first.
    priority: Option<i32>,
    /// When it may be claimed at the earliest; at once where it is not given.
    scheduled_at: Option<DateTime<Utc>>,
    /// How often it is tried again, from 0 to 10.
    max_retries: Option<i32>,
    /// Groups the jobs of one pass of the pipeline, at most 100 characters.
    workflow_id: Option<String>,
}

/// An observation to be preprocessed.
#[derive(Debug, InputObject)]
pub struct StartAstridPreprocessingInput {
    /// The observation: its `rowId`.
    observation_id: ID,
    /// How the job is to be run.
    #[graphql(default)]
    job: AstridJobInput,
}

/// An observation from which a reference is to be subtracted.
#[derive(Debug, InputObject)]
pub struct StartAstridDifferencingInput {
    /// The observation: its `rowId`.
    observation_id: ID,
    /// How the job is to be run.
    #[graphql(default)]
    job: AstridJobInput,
}

/// A difference run whose candidates are to be scored.
#[derive(Debug, InputObject)]
pub struct StartAstridInferenceInput {
    /// The difference run: its `rowId`.
    difference_run_id: ID,
    /// How the job is to be run.
    #[graphql(default)]
    job: AstridJobInput,
}

/// A job to be called off.
#[derive(Debug, InputObject)]
pub struct CancelAstridJobInput {
    /// The job: its `rowId`.
    job_id: ID,
}

/// A failed job to be put back into the queue.
#[derive(Debug, InputObject)]
pub struct RequeueAstridJobInput {
    /// The job: its `rowId`.
    job_id: ID,
}

/// A job that is in the queue.
#[derive(Debug, SimpleObject)]
pub struct StartAstridJobPayload {
    /// The job.
    processing_job: AstridProcessingJob,
    /// Whether it is new; otherwise one of its kind was waiting or running for the same row.
    created: bool,
    /// The lines of the audit log that say so: their `rowId`s.
    audit_record_ids: Vec<ID>,
}

/// A job that was changed.
#[derive(Debug, SimpleObject)]
pub struct AstridJobPayload {
    /// The job.
    processing_job: AstridProcessingJob,
    /// The lines of the audit log that say so, and what else changed with it: their `rowId`s.
    audit_record_ids: Vec<ID>,
}

/// Puts a job of a kind into the queue.
async fn start(
    work: &Work,
    job_type: JobType,
    (id, argument): (&ID, &str),
    job: AstridJobInput,
) -> Result<StartAstridJobPayload> {
    let new = NewJob {
        priority: job.priority,
        scheduled_at: job.scheduled_at,
        max_retries: job.max_retries,
        workflow_id: job.workflow_id,
        ..NewJob::new(job_type, uuid(id, argument)?)
    };
    let jobs = work.table::<processing_job::Entity>().await?;
    let Enqueued { job, created } = jobs.start(&new, work.instant()?).await?;
    Ok(StartAstridJobPayload {
        processing_job: AstridProcessingJob::of(&job),
        created,
        audit_record_ids: audit_record_ids(work),
    })
}

fn changed(work: &Work, job: &processing_job::Model) -> AstridJobPayload {
    AstridJobPayload {
        processing_job: AstridProcessingJob::of(job),
        audit_record_ids: audit_record_ids(work),
    }
}

mutations! {
    /// Changes to AstrID's queue of jobs.
    AstridJobMutations {
        /// Asks for an observation that was ingested to be calibrated and aligned. Where a job of that kind
        /// waits or runs for it, that one is returned.
        StartAstridPreprocessing: start_astrid_preprocessing(input: StartAstridPreprocessingInput, work)
            -> StartAstridJobPayload
        {
            let observation = (&input.observation_id, "observationId");
            start(work, JobType::Preprocess, observation, input.job).await
        }

        /// Asks for a reference to be subtracted from an observation that was preprocessed. Where a job of
        /// that kind waits or runs for it, that one is returned.
        StartAstridDifferencing: start_astrid_differencing(input: StartAstridDifferencingInput, work)
            -> StartAstridJobPayload
        {
            let observation = (&input.observation_id, "observationId");
            start(work, JobType::Difference, observation, input.job).await
        }

        /// Asks for the candidates of a difference run that is completed to be scored by a model. Where a
        /// job of that kind waits or runs for it, that one is returned.
        StartAstridInference: start_astrid_inference(input: StartAstridInferenceInput, work)
            -> StartAstridJobPayload
        {
            let run = (&input.difference_run_id, "differenceRunId");
            start(work, JobType::Inference, run, input.job).await
        }

        /// Calls a job off that waits or runs. The worker of one that runs learns so when it is next heard
        /// of; a run that it has begun fails.
        CancelAstridJob: cancel_astrid_job(input: CancelAstridJobInput, work) -> AstridJobPayload {
            let id = uuid(&input.job_id, "jobId")?;
            let jobs = work.table::<processing_job::Entity>().await?;
            let job = jobs.cancel(&Pipeline, id, work.instant()?).await?;
            Ok(changed(work, &job))
        }

        /// Puts a failed job back into the queue, with all of its retries.
        RequeueAstridJob: requeue_astrid_job(input: RequeueAstridJobInput, work) -> AstridJobPayload {
            let id = uuid(&input.job_id, "jobId")?;
            let jobs = work.table::<processing_job::Entity>().await?;
            let job = jobs.requeue(id, work.instant()?).await?;
            Ok(changed(work, &job))
        }
    }
}
