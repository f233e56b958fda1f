//! Observation groups on their way in.

mod ingest_group;
mod performance_metric;
mod pointing;
mod subband_file;

pub use ingest_group::IngestGroup;
pub use performance_metric::PerformanceMetrics;
pub use pointing::IngestPointing;
pub use subband_file::SubbandFile;
