//! What backups there are.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::Manifest;
use crate::{Error, Result, snapshot};

/// A folder among the backups.
#[derive(Debug)]
pub struct Listed {
    /// The folder.
    pub folder: PathBuf,
    /// What it says of itself, or why it is no backup that could be restored.
    pub manifest: std::result::Result<Manifest, String>,
}

/// The backups in `folder`, [snapshots](crate::snapshot) left out, oldest first, as their manifests and the sizes of their files have it; only
/// [`verify`](super::verify) reads the files.
///
/// # Errors
/// `folder` cannot be read.
pub fn list(folder: &Path) -> Result<Vec<Listed>> {
    let mut listed = Vec::new();
    for entry in fs::read_dir(folder).map_err(Error::file("read", folder))? {
        let entry = entry.map_err(Error::file("read", folder))?;
        let folder = entry.path();
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if folder.is_dir() && !hidden && !folder.join(snapshot::MANIFEST).is_file() {
            let manifest = Manifest::read(&folder).map_err(|error| error.to_string());
            let manifest = manifest.and_then(|manifest| match manifest.missing(&folder) {
                Some(reason) => Err(reason),
                None => Ok(manifest),
            });
            listed.push(Listed { folder, manifest });
        }
    }
    listed.sort_by(|one, other| one.folder.cmp(&other.folder));
    Ok(listed)
}
