//! What a move notes in the new directory, so that the next run and the archiving know it.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Sums;
use crate::{Error, Result, files};

/// Where it is noted.
pub(crate) const RECORD: &str = ".almanac-relocation.json";

/// What a run notes.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) from: PathBuf,
    /// The databases whose stored paths were rewritten.
    pub(super) rewritten: BTreeMap<PathBuf, Rewritten>,
    /// What was proved; none until then.
    #[serde(default)]
    pub(crate) proved: Option<Proved>,
}

/// A copy that was proved.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Proved {
    /// When.
    pub(super) at: DateTime<Utc>,
    /// Days after which the old directory may go.
    pub(super) archive_after_days: u32,
    /// What the files were.
    pub(super) sums: BTreeMap<PathBuf, Sums>,
}

/// A database whose stored paths were rewritten.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Rewritten {
    /// The SHA-256 of the file in the old directory.
    pub(super) source: String,
    /// That of the copy afterwards; none until then.
    pub(super) target: Option<String>,
}

impl Record {
    pub(crate) fn read(to: &Path) -> Result<Option<Self>> {
        let path = to.join(RECORD);
        match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text)
                .map(Some)
                .map_err(|error| Error::damaged(path.display(), error.to_string())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::file("read", &path)(error)),
        }
    }

    pub(super) fn write(&self, to: &Path) -> Result<()> {
        write(&to.join(RECORD), self)
    }
}

/// Writes a value as JSON, whole or not at all.
pub(super) fn write(path: &Path, value: &impl Serialize) -> Result<()> {
    let text = serde_json::to_vec_pretty(value)
        .map_err(|error| Error::damaged(path.display(), error.to_string()))?;
    files::replace(path, &text)
}
