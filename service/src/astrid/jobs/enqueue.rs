//! Putting jobs into the queue.

use std::collections::HashMap;

use ProcessingJobStatus::{Pending, Running};
use almanac_entity::astrid::{ProcessingJobStatus, processing_job};
use processing_job::Column;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, QueryFilter,
    prelude::{DateTimeUtc, Uuid},
};

use super::{JobPolicy, JobType};
use crate::{
    Error, Repository, Result, Writable,
    astrid::{new_id, stored},
    record::Act,
};

/// The phase that brings the queue.
const PHASE: u8 = 2;

/// A job to be put into the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewJob {
    /// The kind of work.
    pub job_type: JobType,
    /// The row to work on.
    pub entity_id: Uuid,
    /// Larger runs first; as the policy has it where it is not given.
    pub priority: Option<i32>,
    /// When it may be claimed at the earliest; at once where it is not given.
    pub scheduled_at: Option<DateTimeUtc>,
    /// How often it is tried again, from 0 to 10; as the policy has it where it is not given.
    pub max_retries: Option<i32>,
    /// Groups the jobs of one pass of the pipeline.
    pub workflow_id: Option<String>,
}

impl NewJob {
    /// A job on a row, as the policy has it.
    pub fn new(job_type: JobType, entity_id: Uuid) -> Self {
        Self {
            job_type,
            entity_id,
            priority: None,
            scheduled_at: None,
            max_retries: None,
            workflow_id: None,
        }
    }
}

/// A job that is in the queue.
#[derive(Clone, Debug, PartialEq)]
pub struct Enqueued {
    /// The job.
    pub job: processing_job::Model,
    /// Whether it is new, and was not there already.
    pub created: bool,
}

impl<C: Writable> Repository<'_, C, processing_job::Entity> {
    /// Puts a job into the queue, or returns the one of its kind that is waiting or running for the same row.
    ///
    /// # Errors
    /// A number is out of range, or the engine fails.
    pub async fn enqueue(&self, new: &NewJob, now: DateTimeUtc) -> Result<Enqueued> {
        let created = self.enqueue_many(std::slice::from_ref(new), now).await? > 0;
        let active = processing_job::Entity::find()
            .filter(Column::JobType.eq(new.job_type.as_str()))
            .filter(Column::EntityType.eq(new.job_type.entity_type()))
            .filter(Column::EntityId.eq(new.entity_id))
            .filter(Column::Status.is_in([Pending, Running]));
        let job = active.one(self.connection).await?;
        let job = job.ok_or_else(|| Error::not_found("job just put into the queue"))?;
        Ok(Enqueued { job, created })
    }

    /// Puts jobs into the queue, but for those of whose kind one is waiting or running for the same row. Returns
    /// how many are new. Where the phase of the pipeline is not applied there is no queue, and none is.
    ///
    /// # Errors
    /// A number is out of range, or the engine fails.
    pub async fn enqueue_many(&self, new: &[NewJob], now: DateTimeUtc) -> Result<u64> {
        if self.connection.phase().is_some_and(|phase| phase < PHASE) {
            return Ok(0);
        }
        let now = stored(now);
        let mut policies = HashMap::new();
        let mut rows = Vec::with_capacity(new.len());
        for new in new {
            let policy = match policies.get(&new.job_type) {
                Some(policy) => *policy,
                None => {
                    let policy = JobPolicy::read(self.connection, new.job_type).await?;
                    *policies.entry(new.job_type).or_insert(policy)
                }
            };
            rows.push(new.row(&policy, now)?);
        }
        let jobs = self.on::<processing_job::Entity>().acting(Act::of_rows("enqueue"));
        jobs.insert_missing(rows).await
    }
}

impl NewJob {
    fn row(&self, policy: &JobPolicy, now: DateTimeUtc) -> Result<processing_job::ActiveModel> {
        let max_retries = self.max_retries.unwrap_or(policy.max_retries);
        if !(0..=10).contains(&max_retries) {
            let message = format!("{max_retries} is not from 0 to 10");
            return Err(Error::breaks("range", "max_retries", message));
        }
        Ok(processing_job::ActiveModel {
            id: Set(new_id(now)),
            job_type: Set(self.job_type.as_str().to_owned()),
            entity_id: Set(self.entity_id),
            entity_type: Set(self.job_type.entity_type().to_owned()),
            status: Set(Pending),
            priority: Set(self.priority.unwrap_or(policy.priority)),
            workflow_id: Set(self.workflow_id.clone()),
            retry_count: Set(0),
            max_retries: Set(max_retries),
            scheduled_at: Set(self.scheduled_at.map_or(now, stored)),
            created_at: Set(now),
            updated_at: Set(now),
            ..Default::default()
        })
    }
}
