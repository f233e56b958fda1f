//! Workers at AstrID's queue. What jobs do to the rows they work on is left out: tests say what becomes of a job.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

#[path = "../../../tests/support/mod.rs"]
mod support;

mod loops;
mod programs;
mod world;
