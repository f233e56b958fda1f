//! Copies of databases, consistent, proved and restorable.
//!
//! A backup is a folder of its own below the folder of backups, named by instant and database, with the copy
//! and a [`Manifest`]. It appears under that name when everything in it is on disk, and not before.

mod create;
mod list;
mod lock;
mod manifest;
mod postgres;
mod restore;
mod retain;
mod tools;
mod verify;

pub use create::{Backup, create};
pub(crate) use create::{LOCK, PARTIAL};
pub use list::{Listed, list};
pub use manifest::{Engine, FileEntry, Manifest};
pub use restore::{Restored, restore};
pub(crate) use restore::{kept_schema, over_file, take_away};
pub use retain::{Plan, Policy, plan};
pub use tools::Tools;
pub use verify::verify;
