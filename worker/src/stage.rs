//! What does the work of a job.

use almanac_entity::astrid::processing_job;
use serde_json::Value;

/// Does the work of jobs of one kind, outside any transaction.
#[async_trait::async_trait]
pub trait Stage: Send + Sync {
    /// Works on what `input` describes, and answers with what is to be stored; the service says of each kind of job
    /// what both documents hold. It is dropped where it takes longer than the job's policy has it, and where the
    /// job is no longer its worker's.
    ///
    /// # Errors
    /// The work failed.
    async fn run(&self, input: &Value) -> Result<Value, StageFailure>;

    /// As [`run`](Self::run), for a stage that has to know which job it works for.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    async fn run_job(
        &self,
        _job: &processing_job::Model,
        input: &Value,
    ) -> Result<Value, StageFailure> {
        self.run(input).await
    }
}

/// Why the work of a job failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct StageFailure {
    /// What happened, for people.
    pub message: String,
    /// Whether another try may succeed.
    pub is_retryable: bool,
}

impl StageFailure {
    /// A failure that another try may not meet.
    pub fn retryable(message: impl Into<String>) -> Self {
        Self { message: message.into(), is_retryable: true }
    }

    /// A failure that every try would meet.
    pub fn lasting(message: impl Into<String>) -> Self {
        Self { message: message.into(), is_retryable: false }
    }
}
