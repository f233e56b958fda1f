//! What calibration did to everything that was made of calibrated data, across databases.

mod applied;
mod chosen;
mod each;
mod impact;
mod suspicion;

pub(crate) use applied::{LIST, inferred_for, inferred_of, mid_times, recorded_for, recorded_of};
pub use impact::{Impact, Subject, Touch, Touched};
pub use suspicion::{
    Cleared, Clearing, Marked, Standing, Suspicion, SuspicionState, Which, clear_suspect,
    mark_suspect, suspicions,
};
