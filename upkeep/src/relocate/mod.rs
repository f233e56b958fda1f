//! Moving the state directory, as the path migration plan has it: look, copy, prove, point the environment to the
//! new place. The old directory stays as it is; of its databases, the write-ahead logs are put into the files.

mod environment;
mod inventory;
mod migrate;
mod promote;
mod prove;
mod references;
mod stored;
mod transfer;

pub use environment::{VARIABLES, rewrite as rewrite_environment};
pub use inventory::{Content, Entry, Inventory, inventory};
pub use migrate::{Options, Report, migrate};
pub use promote::{Candidate, Promotion};
pub use prove::{Proof, prove};
pub use references::{Reference, references};
pub use stored::{StoredPath, stored_paths};

/// What the operator runs when a state directory has moved.
pub const NEXT_STEPS: [&str; 4] = [
    "systemctl daemon-reload && systemctl restart contimg-stream.service contimg-api.service",
    "systemctl enable --now data-retention-cleanup.timer",
    "watch the logs of the services for errors about paths",
    "archive the old directory after the backup window, while it still equals the copy",
];
