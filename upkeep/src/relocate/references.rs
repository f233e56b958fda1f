//! Where code and settings name a path.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
};

use serde::Serialize;

use crate::{Error, Result};

/// A line that names a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reference {
    /// The file.
    pub file: PathBuf,
    /// The line, counted from 1.
    pub line: usize,
    /// Its text.
    pub text: String,
}

/// The lines below `folders`, hidden folders and files that are no text left out, that name `path` or what is in
/// it; paths that only begin alike are others.
///
/// # Errors
/// A folder cannot be read.
pub fn references(folders: &[PathBuf], path: &Path) -> Result<Vec<Reference>> {
    let mut found = Vec::new();
    let path = path.to_string_lossy();
    for folder in folders {
        look(folder, path.trim_end_matches('/'), &mut found)?;
    }
    Ok(found)
}

fn look(place: &Path, path: &str, found: &mut Vec<Reference>) -> Result<()> {
    let facts = fs::symlink_metadata(place).map_err(Error::file("look at", place))?;
    if facts.is_file() {
        let file = fs::File::open(place).map_err(Error::file("open", place))?;
        for (index, line) in BufReader::new(file).lines().enumerate() {
            // Not UTF-8: no text.
            let Ok(line) = line else { break };
            if names(&line, path) {
                let text = line.trim().to_owned();
                found.push(Reference { file: place.to_owned(), line: index + 1, text });
            }
        }
    } else if facts.is_dir() {
        let entries = fs::read_dir(place).map_err(Error::file("read", place))?;
        let mut entries: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        entries.sort();
        for entry in entries {
            let name = entry.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if !(entry.is_dir() && name.starts_with('.')) {
                look(&entry, path, found)?;
            }
        }
    }
    Ok(())
}

fn names(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let after = line[at + path.len()..].chars().next();
        after.is_none_or(|c| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.')))
    })
}
