//! AstrID through the graph: what its specification states of roles, of single queries and of many clients at once
//! (`ast_x_…`, `ast_p…`), statement by statement; docs/astrid.md has the list.

#![allow(clippy::unwrap_used, reason = "it is how a test fails")]

#[path = "../mutations/astrid_rows.rs"]
mod astrid_rows;
#[path = "../../worker/tests/night/beginning.rs"]
mod beginning;
#[path = "../astrid/night/mod.rs"]
#[allow(dead_code, reason = "another test binary uses all of it")]
mod night;
#[path = "../../worker/tests/night/stages.rs"]
#[allow(dead_code, reason = "another test binary uses all of it")]
mod stages;
#[path = "../support/mod.rs"]
mod support;

mod season;
mod server;
mod world;

mod crowd;
mod curation;
mod load;
mod queries;
mod roles;
mod roles_mutations;
mod speed;
mod statements;
