//! AstrID's pipeline: what its specification states of the services (`ast_p…`, `ast_x_…`), statement by statement;
//! docs/astrid.md has the list.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

#[path = "../../../tests/support/mod.rs"]
mod support;

mod passes;
mod world;

mod curation;

mod alerts;
mod audit;
mod record;
mod validation;
mod candidates;
mod detections;
mod models;
mod runs;
