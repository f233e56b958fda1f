//! What is in a state directory.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use almanac_database::Database;
use serde::Serialize;

use super::{RECORD, migrate::REPORT};
use crate::{Error, Holder, Result, files, holders, revision::revision, sqlite};

/// What a file is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Content {
    /// An SQLite database, by its header.
    Database {
        /// Which of ours, by its name.
        database: Option<String>,
        /// Its newest revision, as the file has it without its log; none where no migrator of ours made it.
        revision: Option<String>,
        /// Bytes in its write-ahead log.
        log: u64,
        /// Who has it open for writing.
        holders: Vec<Holder>,
    },
    /// A log or index beside a database, which goes into it or is made anew.
    Log,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link {
        /// Where it points to.
        to: PathBuf,
    },
    /// Anything else.
    Other,
}

/// A file in a state directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Where it is, below the directory.
    pub path: PathBuf,
    /// Its size, bytes; 0 for folders.
    pub size: u64,
    /// What it is.
    #[serde(flatten)]
    pub content: Content,
}

impl Entry {
    pub(super) fn is_database(&self) -> bool {
        matches!(self.content, Content::Database { .. })
    }
}

/// What is in a state directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Inventory {
    /// The directory.
    pub folder: PathBuf,
    /// Everything in it, folders before what is in them.
    pub entries: Vec<Entry>,
}

impl Inventory {
    /// Bytes in all files.
    pub fn size(&self) -> u64 {
        self.entries.iter().map(|entry| entry.size).sum()
    }

    /// The databases.
    pub fn databases(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.is_database())
    }
}

/// Looks at a state directory. Nothing is written, not even beside a database.
///
/// This process may have none of the databases open: it would lose its locks on them.
///
/// # Errors
/// The directory, or one in it, cannot be read.
pub async fn inventory(folder: &Path) -> Result<Inventory> {
    let mut paths = Vec::new();
    walk(folder, Path::new(""), &mut paths)?;
    // What is noted of a move is none of the state.
    paths.retain(|path| path != Path::new(RECORD) && path != Path::new(REPORT));
    let mut entries = Vec::new();
    for path in paths {
        entries.push(entry(folder, path).await?);
    }
    Ok(Inventory { folder: folder.to_owned(), entries })
}

/// The paths of everything below a folder, in order.
fn walk(root: &Path, below: &Path, paths: &mut Vec<PathBuf>) -> Result<()> {
    let folder = root.join(below);
    let read = fs::read_dir(&folder).and_then(Iterator::collect::<std::io::Result<Vec<_>>>);
    let mut entries = read.map_err(Error::file("read", &folder))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = below.join(entry.file_name());
        let kind = entry.file_type().map_err(Error::file("look at", &path))?;
        paths.push(path.clone());
        if kind.is_dir() {
            walk(root, &path, paths)?;
        }
    }
    Ok(())
}

async fn entry(root: &Path, path: PathBuf) -> Result<Entry> {
    let full = root.join(&path);
    let facts = fs::symlink_metadata(&full).map_err(Error::file("look at", &full))?;
    let content = if facts.is_dir() {
        Content::Folder
    } else if facts.is_symlink() {
        Content::Link { to: fs::read_link(&full).map_err(Error::file("read", &full))? }
    } else if !facts.is_file() {
        let reason = format!("{} is neither file, folder nor link; take it away", full.display());
        return Err(Error::refused("from", reason));
    } else if is_log(&full) {
        Content::Log
    } else if sqlite::is_database(&full) {
        database(&full).await
    } else {
        Content::Other
    };
    let size = if facts.is_file() { facts.size() } else { 0 };
    Ok(Entry { path, size, content })
}

/// Whether a file belongs to the database beside it.
fn is_log(path: &Path) -> bool {
    let name = path.to_string_lossy();
    ["-wal", "-shm", "-journal"].iter().any(|suffix| {
        name.strip_suffix(suffix).is_some_and(|database| sqlite::is_database(Path::new(database)))
    })
}

async fn database(path: &Path) -> Content {
    let known = known(path);
    let revision = async {
        let connection = sqlite::open_sealed(path).await?;
        let revision = match known {
            Some(database) => revision(&connection, database).await,
            None => Ok(None),
        };
        connection.close().await?;
        revision
    };
    Content::Database {
        database: known.map(|database| database.to_string()),
        revision: revision.await.unwrap_or_default(),
        log: fs::metadata(files::beside(path, "", "-wal")).map_or(0, |facts| facts.len()),
        holders: holders(path),
    }
}

/// Which of ours a file is, by its name.
pub(super) fn known(path: &Path) -> Option<Database> {
    let name = path.file_name()?.to_str()?;
    Database::ALL.into_iter().find(|database| database.file_name() == name)
}
