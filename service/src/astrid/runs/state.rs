//! The states of runs, whichever table they are in.

use std::fmt;

use RunStatus::{Completed, Failed, Pending, Running};
use almanac_entity::astrid::{DifferenceRunStatus, ModelRunStatus, PreprocessRunStatus};

use crate::StateMachine;

/// How far a run has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RunStatus {
    /// Not started, or waiting for its next try.
    Pending,
    /// At work.
    Running,
    /// Ended well.
    Completed,
    /// Ended badly.
    Failed,
}

/// The states of a run. Model runs never go back to `pending`: a retry is a new one.
pub const RUN_STATES: StateMachine<RunStatus> = StateMachine {
    what: "run",
    moves: &[
        (Pending, &[Running, Failed]),
        (Running, &[Completed, Failed, Pending]),
        (Failed, &[Pending]),
        (Completed, &[]),
    ],
};

impl fmt::Display for RunStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Pending => "pending",
            Running => "running",
            Completed => "completed",
            Failed => "failed",
        })
    }
}

macro_rules! run_status {
    ($($status:ident),+) => {$(
        impl From<$status> for RunStatus {
            fn from(status: $status) -> Self {
                match status {
                    $status::Pending => Pending,
                    $status::Running => Running,
                    $status::Completed => Completed,
                    $status::Failed => Failed,
                }
            }
        }

        impl From<RunStatus> for $status {
            fn from(status: RunStatus) -> Self {
                match status {
                    Pending => Self::Pending,
                    Running => Self::Running,
                    Completed => Self::Completed,
                    Failed => Self::Failed,
                }
            }
        }
    )+};
}

run_status!(PreprocessRunStatus, DifferenceRunStatus, ModelRunStatus);
