//! The queue of processing jobs.

mod cancel;
mod claim;
mod enqueue;
mod failure;
mod finish;
mod lease;
mod policy;
mod reap;
mod start;
mod states;
mod stats;
mod waiting;

pub use enqueue::{Enqueued, NewJob};
pub use failure::{FailureKind, JobFailure};
pub use policy::JobPolicy;
pub use states::JOB_STATES;
pub use stats::{Health, JobStats, TypeStats, WorkerHealth, WorkerSeen};
pub use waiting::Waiting;

use std::{fmt, str::FromStr};

use crate::Error;

/// A kind of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum JobType {
    /// Takes new exposures of a survey over.
    Ingest,
    /// Calibrates and aligns an observation.
    Preprocess,
    /// Subtracts a reference from an observation.
    Difference,
    /// Lets a model score the candidates of a difference run.
    Inference,
    /// Decides which detections of a model run are worth an alert.
    Validate,
    /// Delivers an alert.
    Notify,
}

impl JobType {
    /// All of them, in the order of the pipeline.
    pub const ALL: [Self; 6] = [
        Self::Ingest,
        Self::Preprocess,
        Self::Difference,
        Self::Inference,
        Self::Validate,
        Self::Notify,
    ];

    /// Its word, such as `preprocess`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Preprocess => "preprocess",
            Self::Difference => "difference",
            Self::Inference => "inference",
            Self::Validate => "validate",
            Self::Notify => "notify",
        }
    }

    /// What it works on: a table in the singular.
    pub fn entity_type(self) -> &'static str {
        match self {
            Self::Ingest => "survey",
            Self::Preprocess | Self::Difference => "observation",
            Self::Inference => "difference_run",
            Self::Validate => "model_run",
            Self::Notify => "alert",
        }
    }
}

impl fmt::Display for JobType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for JobType {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self, Error> {
        let mut types = Self::ALL.into_iter();
        types.find(|job_type| job_type.as_str() == word).ok_or_else(|| {
            let words = Self::ALL.map(Self::as_str).join(", ");
            Error::breaks("unknown", "job_type", format!("{word:?} is none of {words}"))
        })
    }
}
