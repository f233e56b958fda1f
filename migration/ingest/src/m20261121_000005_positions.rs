//! Where rows lie on the sky.

use migration_support::prelude::*;

places! {
    "pointing_history" by "ra_deg", "dec_deg";
}
