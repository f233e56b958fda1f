//! Where rows lie on the sky.

use migration_support::prelude::*;

places! {
    "observations" by "ra", "dec";
    "candidates" by "ra", "dec";
    "detections" by "ra", "dec";
}
