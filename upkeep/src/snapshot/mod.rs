//! Copies of databases that a piece of work is about to change, and putting them back: a folder with
//! `<database>.sqlite3.backup` for each SQLite file and a backup for each schema of a server.
//!
//! Unlike a [backup](crate::backup), a snapshot knows what the work made of them. So it is told apart whether
//! somebody has written since.

mod manifest;
mod put_back;
mod take;

pub(crate) use manifest::MANIFEST;
pub use manifest::{Kept, Snapshot};
pub use put_back::{Since, put_back, since};
pub use take::{note_outcome, take};
