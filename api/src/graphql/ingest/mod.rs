//! Observation groups on their way in.

use super::products::MeasurementSet;

table! { IngestGroup shows ingest::ingest_group;
    /// Its subband files.
    many subband_files: SubbandFile, GroupId => GroupId;
    /// How long each stage took.
    one performance_metrics: PerformanceMetrics, GroupId => GroupId;
    /// Measurement sets made from it.
    many measurement_sets: MeasurementSet, GroupId => GroupId;
}

table! { SubbandFile shows ingest::subband_file;
    /// The group it belongs to.
    one group: IngestGroup, GroupId => GroupId;
}

table! { PerformanceMetrics shows ingest::performance_metric;
    /// The group that was timed.
    one group: IngestGroup, GroupId => GroupId;
}
