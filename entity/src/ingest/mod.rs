//! Observation groups, subband files, processing times and pointing.

pub mod ingest_group;
pub mod performance_metric;
pub mod pointing;
pub mod subband_file;
mod vocabulary;

pub use vocabulary::*;

change_log!();

tables! { Ingest:
    ingest_group => "IngestGroup",
    subband_file => "SubbandFile",
    performance_metric => "PerformanceMetrics",
    pointing => "IngestPointing",
    change_log => "IngestChange",
}
