//! What is not as it should be around databases that are well each by itself: rows that refer to others that are
//! not there, work that was broken off, logs that grew, files that others may write, disks that are full.
//!
//! Nothing is written. Each finding says what mends it; what nobody has to act on is none.

mod files;
mod halves;
mod leftovers;
mod references;
mod standstill;

pub use files::{logs, permissions, room};
pub use halves::halves;
pub use leftovers::leftovers;
pub use references::references;
pub use standstill::standstill;

use serde::Serialize;

/// Something that somebody should see to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it is about: a database, a file or a folder.
    pub about: String,
    /// What is wrong, in a sentence.
    pub problem: String,
    /// What mends it.
    pub remedy: String,
}

impl Finding {
    fn new(about: &impl ToString, problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { about: about.to_string(), problem: problem.into(), remedy: remedy.into() }
    }
}
