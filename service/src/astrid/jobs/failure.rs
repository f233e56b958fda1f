//! What is kept of tries that failed.

use almanac_entity::astrid::processing_job;
use sea_orm::prelude::Json;
use serde_json::json;

/// Tries whose failures are kept.
const KEPT: usize = 10;
/// Characters of a message that are kept.
const MESSAGE: usize = 4_000;

/// What ended a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// The work failed, or what came of it cannot be stored.
    Stage,
    /// The work took longer than its policy has it.
    Timeout,
    /// The worker was not heard of any more.
    LeaseExpired,
}

impl FailureKind {
    /// Its word, as `error_details` has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stage => "stage",
            Self::Timeout => "timeout",
            Self::LeaseExpired => "lease_expired",
        }
    }
}

/// Why a try failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobFailure {
    /// What ended it.
    pub kind: FailureKind,
    /// What happened, for people. The first 4000 characters are kept.
    pub message: String,
    /// Whether another try may succeed.
    pub is_retryable: bool,
}

impl JobFailure {
    /// A failure of the work.
    pub fn of_stage(message: impl Into<String>, is_retryable: bool) -> Self {
        Self { kind: FailureKind::Stage, message: message.into(), is_retryable }
    }

    /// A try that took longer than so many seconds, which another may not.
    pub fn timeout(seconds: i64) -> Self {
        let message = format!("it took longer than {seconds} s");
        Self { kind: FailureKind::Timeout, message, is_retryable: true }
    }

    pub(super) fn lease_expired() -> Self {
        let message = "lease expired".to_owned();
        Self { kind: FailureKind::LeaseExpired, message, is_retryable: true }
    }

    /// The message as both engines can store it.
    pub(super) fn stored_message(&self) -> String {
        self.message.replace('\0', "\u{fffd}").chars().take(MESSAGE).collect()
    }
}

/// The failures of a job with one more, the last ten of them.
pub(super) fn with_failure(job: &processing_job::Model, kind: FailureKind, detail: &str) -> Json {
    let before = job.error_details.as_ref().and_then(|details| details.get("failures"));
    let mut failures = before.and_then(Json::as_array).cloned().unwrap_or_default();
    let attempt = job.retry_count + 1;
    failures.push(json!({ "attempt": attempt, "kind": kind.as_str(), "detail": detail }));
    let old = failures.len().saturating_sub(KEPT);
    json!({ "failures": &failures[old..] })
}
