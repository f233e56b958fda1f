//! The queue of the converter: observation groups, their subband files and their processing times.

mod group;
mod group_id;
mod performance_metric;
mod queue;
mod upkeep;

pub use group::{SubbandOutcome, SubbandRecord, in_state};
pub use group_id::normalise_group_id;
pub(crate) use group_id::start;
pub use queue::{INGEST_STATES, MAX_ATTEMPTS};
pub use upkeep::{BootstrapReport, CollectingTimeout, Expired, Merge};
