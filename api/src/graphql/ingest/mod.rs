//! Observation groups on their way in.

mod ingest_group;
mod performance_metric;
mod pointing;
mod queue;
mod queue_changes;
mod subband_file;
mod upkeep_changes;

pub use ingest_group::IngestGroup;
pub use performance_metric::PerformanceMetrics;
pub use pointing::IngestPointing;
pub use queue::{IngestQueries, IngestStateCount};
pub use queue_changes::*;
pub use subband_file::SubbandFile;
pub use upkeep_changes::*;
