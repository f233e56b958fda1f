//! Who carries out AstrID's processing jobs: the loop of a worker, the programs it runs, the channels that alerts
//! go through, and the tracker that hears of models.
//!
//! What a job means to the database is `almanac-service`'s; nothing here writes SQL.

pub mod channels;
mod http;
mod stage;
mod tracker;

pub use http::client;
pub use stage::{Stage, StageFailure};
pub use tracker::{Tracker, TrackerError};
