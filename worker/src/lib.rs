//! Who carries out AstrID's processing jobs: the loop of a worker, the programs it runs, the channels that alerts
//! go through, and the tracker that hears of models.
//!
//! What a job means to the database is `almanac-service`'s; nothing here writes SQL.

mod attempt;
mod built_in;
pub mod channels;
mod command_line;
mod desk;
mod http;
mod manifest;
mod pool;
mod program;
mod reap;
mod runner;
mod shift;
mod stage;
mod tracker;

pub use built_in::built_in;
pub use command_line::words;
pub use http::client;
pub use manifest::Manifest;
pub use program::ProgramStage;
pub use reap::reap;
pub use runner::{Clock, Runner, Tally};
pub use stage::{Stage, StageFailure};
pub use tracker::{Tracker, TrackerError};
