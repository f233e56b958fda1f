//! What a backup says of itself.

use std::{fs, path::Path};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Error, Result, digest::TableDigest, files};

/// The version of the manifest's form, and of what it describes.
pub(super) const FORMAT: u32 = 1;
/// The manifest's file.
const FILE: &str = "manifest.json";

/// What a database was kept in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// An SQLite file; the backup is one too.
    Sqlite,
    /// A PostgreSQL schema; the backup is a dump in `pg_dump`'s custom format.
    Postgres,
}

/// A file of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Its name in the backup's folder.
    pub name: String,
    /// Its size, bytes.
    pub size: u64,
    /// Its SHA-256, in hexadecimal digits.
    pub sha256: String,
}

/// What a backup says of itself: `manifest.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of this form.
    pub format: u32,
    /// Version of the program that made the backup.
    pub tool: String,
    /// The database, by its word.
    pub database: String,
    /// What it was kept in.
    pub engine: Engine,
    /// When the backup was made.
    pub created_at: DateTime<Utc>,
    /// Where the database was, without a password.
    pub source: String,
    /// On PostgreSQL, the schema that the dump holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The newest revision applied; none where no migrator made the database.
    pub revision: Option<String>,
    /// Rows that referred to others that were not there, in the database itself.
    #[serde(default)]
    pub orphans: u64,
    /// Every table with its number of rows and its digest.
    pub tables: Vec<TableDigest>,
    /// The files, this one aside.
    pub files: Vec<FileEntry>,
}

impl Manifest {
    /// Reads the manifest of the backup in `folder`.
    ///
    /// # Errors
    /// There is none, or a program of a later version wrote it.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(FILE);
        let text = fs::read(&path).map_err(Error::file("read", &path))?;
        let damaged = |reason: String| Error::damaged(path.display(), reason);
        let form: serde_json::Value =
            serde_json::from_slice(&text).map_err(|error| damaged(error.to_string()))?;
        match form.get("format").and_then(serde_json::Value::as_u64) {
            Some(format) if format == u64::from(FORMAT) => {}
            format => {
                return Err(damaged(format!(
                    "its format is {format:?}, this program knows {FORMAT}; use the one that made it"
                )));
            }
        }
        let manifest: Self =
            serde_json::from_value(form).map_err(|error| damaged(error.to_string()))?;
        // A name with a path in it would have files outside the folder read.
        match manifest.files.iter().find(|file| Path::new(&file.name).components().count() != 1) {
            Some(file) => Err(damaged(format!("{} is no name of a file", file.name))),
            None if manifest.files.len() != 1 => Err(damaged("it does not name one file".into())),
            None => Ok(manifest),
        }
    }

    pub(super) fn write(&self, folder: &Path) -> Result<()> {
        let path = folder.join(FILE);
        let mut text = serde_json::to_vec_pretty(self)
            .map_err(|error| Error::damaged(path.display(), error.to_string()))?;
        text.push(b'\n');
        files::replace(&path, &text)
    }

    /// The file that holds the copy.
    pub(super) fn copy(&self) -> &FileEntry {
        &self.files[0]
    }

    /// What is wrong with the files, as far as their sizes show.
    pub(super) fn missing(&self, folder: &Path) -> Option<String> {
        self.files.iter().find_map(|file| match fs::metadata(folder.join(&file.name)) {
            Ok(facts) if facts.len() == file.size => None,
            Ok(facts) => {
                Some(format!("{} has {} bytes instead of {}", file.name, facts.len(), file.size))
            }
            Err(error) => Some(format!("{}: {error}", file.name)),
        })
    }
}
