//! What the graph answers, asked as a client asks.

#![allow(clippy::unwrap_used, reason = "it is how a test fails")]

#[path = "../support/mod.rs"]
mod support;

mod edges;
mod light_curve;
mod lists;
mod plans;
mod schema;
mod world;
