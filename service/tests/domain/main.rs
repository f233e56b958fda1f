//! The questions that are peculiar to a table, each on both engines.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[macro_use]
mod support;

mod astrid;
mod cal_registry;
mod ingest;
mod light_curve;
mod master_sources;
mod products;
