//! Files of the pipeline recognised, refused and taken over, through the crate's public interface.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod adopted;
mod file;
mod kill;
mod later;
#[expect(dead_code, reason = "it serves other tests too")]
#[path = "../../../tests/support/process.rs"]
mod process;
mod recognised;
mod refused;
mod traps;
