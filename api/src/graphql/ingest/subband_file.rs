//! Subband files.

use super::IngestGroup;
use crate::graphql::hdf5::Hdf5File;

table! { SubbandFile shows ingest::subband_file;
    /// The group it belongs to.
    one group: IngestGroup, GroupId => GroupId;
    /// The same file in the index of raw files.
    one hdf5_file: Hdf5File, FilePath => Path;
}
