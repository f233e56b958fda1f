//! The index of raw subband files.

mod hdf5_file;
mod pointing;
mod storage_location;

pub use hdf5_file::Hdf5File;
pub use pointing::Hdf5Pointing;
pub use storage_location::Hdf5StorageLocation;
