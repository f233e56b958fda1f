//! The older copy of the index of raw files.

use crate::graphql::{hdf5::Hdf5File, ingest::IngestGroup};

table! { ProductsHdf5File shows products::hdf5_file;
    /// The same file in the index that leads.
    one indexed_file: Hdf5File, Path => Path;
    /// The observation group of its time.
    one ingest_group: IngestGroup, GroupId => GroupId;
}
