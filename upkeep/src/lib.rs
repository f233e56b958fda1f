//! How databases are kept: digests of their contents, backups that are proved, copies between engines, moves
//! of the state directory.
//!
//! Nothing here asks a clock or draws a number: what needs an instant takes it as an argument.

pub mod backup;
pub mod checkup;
pub mod copy;
pub mod digest;
mod error;
mod files;
mod holders;
mod instant;
mod names;
pub mod relocate;
mod revision;
pub mod snapshot;
mod sqlite;
mod untouched;

pub use error::{Error, Result};
pub use files::{is_writable, space};
pub use holders::{Holder, holders};
pub use sqlite::{complaints, orphans_by_table, put_log_away};
pub use untouched::Untouched;
