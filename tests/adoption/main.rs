//! Files as the Python pipeline made them, taken over by `almanac adopt`: every shape that such a file is known
//! to have had, and the pipeline's own models on it afterwards.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

#[expect(dead_code, reason = "the tools of Node.js are for others")]
#[path = "../conformance/tools.rs"]
mod tools;

mod content;
mod entities;
mod file;
mod mappings;
mod refusals;
mod shapes;
mod sqlalchemy;
mod traps;
mod values;
