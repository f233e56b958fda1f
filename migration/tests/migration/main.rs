//! Entities, revisions and databases held against each other, and revisions written from what differs.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod autogenerate;
mod check;
mod drift;
mod edited;
mod edits;
#[path = "../../../tests/support/engine.rs"]
mod engine;
mod formatted;
#[path = "../../../tests/support/postgres.rs"]
#[allow(dead_code, reason = "each test binary uses a part of it")]
mod postgres;
mod support;
mod write;
