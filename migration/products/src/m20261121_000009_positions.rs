//! Where rows lie on the sky.

use migration_support::prelude::*;

places! {
    "ms_index" by "pointing_ra_deg", "pointing_dec_deg";
    "images" by "center_ra_deg", "center_dec_deg";
    "photometry" by "ra_deg", "dec_deg";
    "pointing_history" by "ra_deg", "dec_deg";
    "variability_stats" by "ra_deg", "dec_deg";
    "mosaics" by "center_ra_deg", "center_dec_deg";
    "transient_candidates" by "ra_deg", "dec_deg";
    "monitoring_sources" by "ra_deg", "dec_deg";
}
