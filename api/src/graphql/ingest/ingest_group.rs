//! Observation groups.

use super::{PerformanceMetrics, SubbandFile};
use crate::graphql::{
    hdf5::Hdf5File,
    products::{CalibratorTransit, MeasurementSet, QaArtifact},
};

table! { IngestGroup shows ingest::ingest_group;
    /// Its subband files.
    many subband_files: SubbandFile, GroupId => GroupId;
    /// How long each stage took.
    one performance_metrics: PerformanceMetrics, GroupId => GroupId;
    /// Measurement sets made from it.
    many measurement_sets: MeasurementSet, GroupId => GroupId;
    /// Its files in the index of raw files.
    many hdf5_files: Hdf5File, GroupId => GroupId;
    /// Transits of calibrators that it covers.
    many calibrator_transits: CalibratorTransit, GroupId => GroupId;
    /// Plots, tables and reports about it.
    many qa_artifacts: QaArtifact, GroupId => GroupId;
}
