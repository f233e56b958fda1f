//! Where the telescope pointed, as the raw files say.

table! { Hdf5Pointing shows hdf5::pointing;
}
