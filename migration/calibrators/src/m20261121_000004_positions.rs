//! Where rows lie on the sky.

use migration_support::prelude::*;

places! {
    "bandpass_calibrators" by "ra_deg", "dec_deg";
    "gain_calibrators" by "ra_deg", "dec_deg";
    "catalog_sources" by "ra_deg", "dec_deg";
    "vla_calibrators" by "ra_deg", "dec_deg";
    "bandpass_calibrator_history" by "ra_deg", "dec_deg";
}
