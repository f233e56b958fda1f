//! Puts a revision where it belongs: its file and a line of the list, both or neither.

use std::{
    error::Error,
    fmt, fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use super::{Revision, list};

/// Why a revision was not written; nothing is changed then.
#[derive(Debug)]
#[non_exhaustive]
pub enum WriteError {
    /// There is such a file.
    Exists(PathBuf),
    /// This is no list of revisions, or has the revision already.
    List(PathBuf),
    /// A file cannot be read or written.
    File(PathBuf, io::Error),
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exists(path) => write!(f, "{} is there already", path.display()),
            Self::List(path) => {
                write!(f, "{} has no list of revisions that can take this one", path.display())
            }
            Self::File(path, error) => write!(f, "{}: {error}", path.display()),
        }
    }
}

impl Error for WriteError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::File(_, error) => Some(error),
            Self::Exists(_) | Self::List(_) => None,
        }
    }
}

/// Writes a revision into the workspace at `root`: its file in the crate of its database, and its name at the end of
/// that crate's list. Returns both files. Nothing is overwritten.
///
/// # Errors
/// There is such a file, the list cannot take it, or a file cannot be written; neither is changed then.
pub fn write(root: &Path, revision: &Revision) -> Result<[PathBuf; 2], WriteError> {
    let folder = root.join("migration").join(revision.database.as_str()).join("src");
    let (file, list) = (folder.join(format!("{}.rs", revision.name)), folder.join("lib.rs"));
    let failed = |path: &Path, error| WriteError::File(path.to_owned(), error);
    let before = fs::read_to_string(&list).map_err(|error| failed(&list, error))?;
    let after =
        list::with(&before, &revision.name).ok_or_else(|| WriteError::List(list.clone()))?;
    let made = fs::OpenOptions::new().write(true).create_new(true).open(&file);
    let mut made = made.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => WriteError::Exists(file.clone()),
        _ => failed(&file, error),
    })?;
    let written = made.write_all(revision.source.as_bytes()).map_err(|error| failed(&file, error));
    // The list is put in place whole, after the file that it names.
    let listed =
        written.and_then(|()| replace(&list, &after).map_err(|error| failed(&list, error)));
    if let Err(error) = listed {
        // The error that is told is the first.
        let _ = fs::remove_file(&file);
        return Err(error);
    }
    Ok([file, list])
}

fn replace(path: &Path, text: &str) -> io::Result<()> {
    let beside = path.with_extension("rs.new");
    let replaced = fs::write(&beside, text).and_then(|()| fs::rename(&beside, path));
    if replaced.is_err() {
        // The error that is told is the first.
        let _ = fs::remove_file(&beside);
    }
    replaced
}
