//! How databases are kept, on both engines, through the crate's public interface.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

#[path = "../../../tests/support/mod.rs"]
mod support;

#[allow(dead_code, reason = "it serves other tests too")]
#[path = "../../../tests/entities/sample.rs"]
mod sample;
#[allow(dead_code, reason = "it serves other tests too")]
#[path = "../../../tests/entities/table.rs"]
mod table;

mod archive;
mod backup;
mod copy;
mod digest;
#[path = "../../../tests/support/fill.rs"]
mod fill;
mod kill;
mod online;
#[path = "../../../tests/support/process.rs"]
mod process;
mod relocate;
mod tools;
