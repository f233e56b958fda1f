//! The questions that are peculiar to a table, each on both engines.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::float_cmp,
    reason = "the numbers of a test are small and whole"
)]
#![allow(
    clippy::large_futures,
    clippy::needless_pass_by_value,
    clippy::type_complexity,
    reason = "a test reads better without a type or a box for each"
)]

#[macro_use]
mod support;
#[macro_use]
mod several;

mod cal_registry;
mod calibration;
mod calibrators;
mod caltable_sets;
mod data_registry;
mod ese;
mod hdf5;
mod image_search;
mod ingest;
mod jobs;
mod light_curve;
mod master_sources;
mod mosaics;
mod ms_state;
mod operations;
mod products;
mod provenance;
mod quality;
mod queue;
mod sky;
mod sky_model;
mod sources;
mod statistics;
mod transients;
mod transits;
mod variability;
mod vla_list;
