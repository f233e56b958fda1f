//! Processing times.

use super::IngestGroup;

table! { PerformanceMetrics shows ingest::performance_metric;
    /// The group that was timed.
    one group: IngestGroup, GroupId => GroupId;
}
