//! What the graph answers, asked as a client asks.

#![allow(clippy::unwrap_used, reason = "it is how a test fails")]

#[path = "../support/mod.rs"]
mod support;

mod astrid;
#[path = "../mutations/astrid_rows.rs"]
mod astrid_rows;
mod dashboard;
mod edges;
mod light_curve;
mod limits;
mod lists;
mod nearby;
mod pipeline;
mod plans;
mod positions;
mod provenance;
mod schema;
mod variability;
mod world;
