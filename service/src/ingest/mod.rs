//! The queue of the converter: observation groups, their subband files and their processing times.

mod group;
mod group_id;
mod performance_metric;

pub use group::{SubbandOutcome, SubbandRecord, in_state};
pub use group_id::normalise_group_id;
