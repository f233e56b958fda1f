//! What the databases look like: as the schema document says, and as they are at their newest revision.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

#[path = "../support/mod.rs"]
mod support;

mod document;
mod reader;
mod snapshots;
