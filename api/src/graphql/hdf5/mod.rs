//! The index of raw subband files.

mod hdf5_file;
mod index_changes;
mod observations;
mod pointing;
mod storage_location;

pub use hdf5_file::Hdf5File;
pub use index_changes::*;
pub use observations::*;
pub use pointing::Hdf5Pointing;
pub use storage_location::Hdf5StorageLocation;
