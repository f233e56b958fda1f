//! What the graph answers, asked as a client asks.

// The graph is deep: each of its areas is a layer of one type.
#![recursion_limit = "512"]
#![allow(clippy::unwrap_used, reason = "it is how a test fails")]

#[path = "../support/mod.rs"]
mod support;

mod dashboard;
mod edges;
mod light_curve;
mod limits;
mod lists;
mod pipeline;
mod plans;
mod positions;
mod provenance;
mod schema;
mod variability;
mod world;
