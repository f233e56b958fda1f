//! The entities against the databases that the revisions make, on both engines, and the rules of the
//! crates that hold them.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

#[path = "../support/mod.rs"]
mod support;

mod crates;
mod rows;
mod sample;
mod shape;
mod table;
mod words;
