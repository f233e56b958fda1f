//! Raw subband files.

use crate::graphql::{
    ingest::{IngestGroup, SubbandFile},
    products::MeasurementSet,
};

table! { Hdf5File shows hdf5::hdf5_file;
    /// The observation group of its time.
    one ingest_group: IngestGroup, GroupId => GroupId;
    /// It among the subband files of the ingest queue.
    one subband_file: SubbandFile, Path => FilePath;
    /// Measurement sets made from its group.
    many measurement_sets: MeasurementSet, GroupId => GroupId;
}
