//! How databases change: every revision up and down, what goes wrong half-way, what is refused, and
//! the real `sea-orm-cli`.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

#[path = "../support/fill.rs"]
mod fill;
#[allow(dead_code, reason = "it serves other tests too")]
#[path = "../support/process.rs"]
mod process;
#[allow(dead_code, reason = "it serves other tests too")]
#[path = "../entities/sample.rs"]
mod sample;
#[path = "../support/mod.rs"]
mod support;
#[allow(dead_code, reason = "it serves other tests too")]
#[path = "../entities/table.rs"]
mod table;

mod books;
mod cli;
mod data_loss;
mod failure;
mod foreign;
mod kill;
mod parallel;
mod rebuild;
mod round_trip;
mod scripts;
