//! Alerts that go through channels, to a program on this machine that takes them or does not.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

#[path = "../../../tests/support/mod.rs"]
mod support;

#[path = "../../../service/tests/pipeline/world.rs"]
mod world;

#[path = "../../../service/tests/pipeline/curation.rs"]
#[allow(dead_code, reason = "the pipeline's tests use more of it")]
mod curation;

mod delivery;
mod program;
mod queue;
mod targets;
