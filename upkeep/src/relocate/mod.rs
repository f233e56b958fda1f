//! Moving the state directory, as the path migration plan has it: look, copy, prove, point the environment to the
//! new place. The old directory stays as it is; of its databases, the write-ahead logs are put into the files.

mod archive;
mod environment;
mod inventory;
mod migrate;
mod promote;
mod prove;
mod record;
mod references;
mod stored;
mod transfer;

pub use archive::{Archived, archive};
pub use environment::{VARIABLES, rewrite as rewrite_environment};
pub use inventory::{Content, Entry, Inventory, inventory};
pub use migrate::{Options, Report, migrate};
pub use promote::{Candidate, Promotion};
pub use prove::{Proof, Sums, prove};
pub(crate) use record::{RECORD, Record};
pub use references::{Reference, references};
pub use stored::{StoredPath, stored_paths};

/// What the operator runs before a state directory moves.
pub const FIRST_STEPS: [&str; 1] = ["systemctl stop contimg-stream.service contimg-api.service"];
