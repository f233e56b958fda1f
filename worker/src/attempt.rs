//! One try at a job.

use std::{sync::Arc, time::Duration};

use almanac_entity::astrid::{ProcessingJobStatus, processing_job};
use almanac_service::{
    Error, Result,
    astrid::{JobFailure, JobPolicy},
};
use chrono::TimeDelta;
use sea_orm::prelude::Uuid;
use serde_json::Value;
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep, sleep_until},
};

use crate::{
    Stage, StageFailure,
    desk::{Desk, is_lost, is_passing},
};

/// How long what a busy or broken database refused is left alone before it is tried again.
const PAUSES: [Duration; 3] =
    [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(3)];

/// What became of a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Completed,
    /// It failed, and the job waits for its next try.
    Retried,
    Failed,
    Released,
    /// The job was no longer ours, or nobody could be told what became of it.
    Lost,
}

/// What ends the work before it is done.
enum Interruption {
    TimedOut,
    Stopped,
    Lost,
}

pub(crate) struct Attempt {
    pub(crate) desk: Arc<Desk>,
    pub(crate) stage: Arc<dyn Stage>,
    pub(crate) policy: JobPolicy,
    pub(crate) job: processing_job::Model,
    pub(crate) stopping: watch::Receiver<bool>,
}

impl Attempt {
    pub(crate) async fn run(self) -> Ended {
        let id = self.job.id;
        let ended = self.carry_out().await;
        ended.unwrap_or_else(|error| {
            if is_lost(&error) {
                tracing::warn!(job = %id, "the job is no longer ours; nothing of it is stored");
            } else {
                tracing::error!(job = %id, %error, "nobody can be told what became of the job");
            }
            Ended::Lost
        })
    }

    async fn carry_out(&self) -> Result<Ended> {
        let (id, token) = (self.job.id, self.job.claim_token.unwrap_or_default());
        let input = match self.desk.begin(id, token).await {
            Ok(input) => input,
            Err(error) => return self.refused(token, error).await,
        };
        let mut work = JoinSet::new();
        let (stage, job) = (self.stage.clone(), self.job.clone());
        work.spawn(async move { stage.run_job(&job, &input).await });
        let done = tokio::select! {
            done = work.join_next() => Ok(done),
            interruption = self.watch_over(token) => Err(interruption),
        };
        // What the work has started is gone before anybody else gets the job.
        work.shutdown().await;
        match done {
            Ok(Some(Ok(outcome))) => self.store(token, outcome).await,
            Ok(_) => self.fail(token, &JobFailure::of_stage("the stage panicked", true)).await,
            Err(Interruption::TimedOut) => {
                let failure = JobFailure::timeout(self.policy.timeout.num_seconds());
                self.fail(token, &failure).await
            }
            Err(Interruption::Stopped) => {
                self.desk.release(id, token).await.map(|()| Ended::Released)
            }
            Err(Interruption::Lost) => Err(Error::LeaseLost { job: id }),
        }
    }

    /// Says again and again that the job is being worked on, until something ends that.
    async fn watch_over(&self, token: Uuid) -> Interruption {
        let mut stopping = self.stopping.clone();
        let deadline = Instant::now() + duration(self.policy.timeout);
        let lease = duration(self.policy.lease);
        let beat = duration(self.policy.heartbeat).min(lease / 3);
        let mut held_until = Instant::now() + lease;
        loop {
            tokio::select! {
                () = sleep_until(deadline) => return Interruption::TimedOut,
                _ = stopping.wait_for(|stopping| *stopping) => return Interruption::Stopped,
                () = sleep(beat) => {}
            }
            match self.desk.heartbeat(self.job.id, token).await {
                Ok(()) => held_until = Instant::now() + lease,
                Err(error) if is_lost(&error) => return Interruption::Lost,
                Err(error) => {
                    tracing::warn!(job = %self.job.id, %error, "a heartbeat is not heard");
                    if Instant::now() >= held_until {
                        return Interruption::Lost;
                    }
                }
            }
        }
    }

    async fn store(
        &self,
        token: Uuid,
        outcome: std::result::Result<Value, StageFailure>,
    ) -> Result<Ended> {
        let output = match outcome {
            Ok(output) => output,
            Err(StageFailure { message, is_retryable }) => {
                return self.fail(token, &JobFailure::of_stage(message, is_retryable)).await;
            }
        };
        let mut pauses = PAUSES.into_iter();
        loop {
            match self.desk.complete(self.job.id, token, output.clone()).await {
                Ok(()) => return Ok(Ended::Completed),
                Err(error) => match pauses.next() {
                    Some(pause) if is_passing(&error) => sleep(pause).await,
                    _ => return self.refused(token, error).await,
                },
            }
        }
    }

    /// What the job needs or gave was refused, which a busy or broken database may not do again.
    async fn refused(&self, token: Uuid, error: Error) -> Result<Ended> {
        if is_lost(&error) {
            return Err(error);
        }
        self.fail(token, &JobFailure::of_stage(error.to_string(), is_passing(&error))).await
    }

    async fn fail(&self, token: Uuid, failure: &JobFailure) -> Result<Ended> {
        let mut pauses = PAUSES.into_iter();
        loop {
            match self.desk.fail(self.job.id, token, failure).await {
                Ok(job) if job.status == ProcessingJobStatus::Pending => {
                    return Ok(Ended::Retried);
                }
                Ok(_) => return Ok(Ended::Failed),
                Err(error) => match pauses.next() {
                    Some(pause) if is_passing(&error) => sleep(pause).await,
                    _ => return Err(error),
                },
            }
        }
    }
}

pub(crate) fn duration(delta: TimeDelta) -> Duration {
    delta.to_std().unwrap_or_default()
}
