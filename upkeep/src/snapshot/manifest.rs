//! What a snapshot says of itself.

use std::{fs, path::Path};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Error, Result, digest::TableDigest, files};

/// The name of the file that says it.
pub(crate) const MANIFEST: &str = "snapshot.json";

/// What a snapshot says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// When it was made.
    pub taken_at: DateTime<Utc>,
    /// The databases.
    pub databases: Vec<Kept>,
}

/// A database in a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Its name.
    pub database: String,
    /// Where it was, without a password.
    pub place: String,
    /// The file or folder of its copy, in the snapshot's folder; none where there was no database.
    pub copy: Option<String>,
    /// The SHA-256 of a copied file.
    pub sha256: Option<String>,
    /// What its tables were.
    pub before: Vec<TableDigest>,
    /// What the work made of them, once it is done.
    pub after: Option<Vec<TableDigest>>,
}

impl Snapshot {
    /// Reads what the snapshot in `folder` says of itself.
    ///
    /// # Errors
    /// There is no whole snapshot.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(MANIFEST);
        let text = fs::read(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Error::refused(
                "backup_dir",
                format!("{} holds no whole backup, for it has no {MANIFEST}", folder.display()),
            ),
            _ => Error::file("read", &path)(error),
        })?;
        serde_json::from_slice(&text)
            .map_err(|error| Error::damaged(path.display(), error.to_string()))
    }

    pub(super) fn write(&self, folder: &Path) -> Result<()> {
        let text = serde_json::to_vec_pretty(self)
            .map_err(|error| Error::damaged(folder.display(), error.to_string()))?;
        files::replace(&folder.join(MANIFEST), &text)
    }

    /// What it says of a database.
    pub fn of(&self, database: almanac_database::Database) -> Option<&Kept> {
        self.databases.iter().find(|kept| kept.database == database.as_str())
    }
}
