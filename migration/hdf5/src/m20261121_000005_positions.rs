//! Where rows lie on the sky.

use migration_support::prelude::*;

places! {
    "hdf5_file_index" by "ra_deg", "dec_deg";
    "pointing_history" by "ra_deg", "dec_deg";
}
