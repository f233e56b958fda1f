//! How databases change: every revision up and down, what goes wrong half-way, what is refused, and
//! the real `sea-orm-cli`.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

#[path = "../support/mod.rs"]
mod support;

mod books;
mod cli;
mod data_loss;
mod failure;
mod foreign;
mod parallel;
mod rebuild;
mod round_trip;
mod scripts;
