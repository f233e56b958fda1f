//! AstrID's pipeline: what its specification states of the services (`ast_p…`, `ast_x_…`), statement by statement;
//! docs/astrid.md has the list.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

#[path = "../../../tests/support/mod.rs"]
mod support;

mod world;

mod alerts;
mod alerts_delivery;
mod audit;
mod audit_beginning;
mod audit_history;
mod candidates;
mod curation;
mod detections;
mod detections_states;
mod jobs;
mod jobs_ends;
mod jobs_many;
mod jobs_properties;
mod jobs_stats;
mod models;
mod observations;
mod observations_bulk;
mod observations_filters;
mod observations_rules;
mod observations_sky;
mod observations_states;
mod observations_surveys;
mod optical;
mod optical_candidates;
mod passes;
mod record;
mod removal;
mod runs;
mod runs_statistics;
mod settings;
mod validation;
