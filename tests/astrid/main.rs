//! AstrID's database: what its specification states of migrations (`ast_m_…`) and of rollback and backup
//! (`ast_r_…`), statement by statement; docs/astrid.md has the list.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

#[path = "../support/mod.rs"]
mod support;

#[allow(dead_code, reason = "it serves other tests too")]
#[path = "../entities/sample.rs"]
mod sample;
#[allow(dead_code, reason = "it serves other tests too")]
#[path = "../entities/table.rs"]
mod table;

mod backups;
mod cases;
mod conditions;
mod decimals;
mod design;
mod drills;
mod legacy;
mod night;
mod relations;
mod rows;
mod schema;
mod served;
mod start;
