//! Where raw files are stored.

table! { Hdf5StorageLocation shows hdf5::storage_location;
}
