//! How databases are kept: digests of their contents, backups that are proved, copies between engines, moves
//! of the state directory.
//!
//! Nothing here asks a clock or draws a number: what needs an instant takes it as an argument.

pub mod backup;
pub mod copy;
pub mod digest;
mod error;
mod files;
mod holders;
mod names;
pub mod relocate;
mod revision;
mod sqlite;

pub use error::{Error, Result};
pub use holders::{Holder, holders};
