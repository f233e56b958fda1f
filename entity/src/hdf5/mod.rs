//! The index of raw subband files.

pub mod hdf5_file;
pub mod pointing;
pub mod storage_location;

change_log!();

tables! { Hdf5:
    hdf5_file => "Hdf5File",
    storage_location => "Hdf5StorageLocation",
    pointing => "Hdf5Pointing",
    change_log => "Hdf5Change",
}
