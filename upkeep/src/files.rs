//! Files that are there whole or not at all, also after the power failed.

use std::{
    fs::{self, File},
    io::{Read, Write},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use crate::{Error, Result, digest::hexadecimal};

const BUFFER: usize = 1 << 20;

/// The SHA-256 of a file, in hexadecimal digits.
pub(crate) fn sha256(path: &Path) -> Result<String> {
    let mut file = File::open(path).map_err(Error::file("open", path))?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; BUFFER];
    loop {
        let read = file.read(&mut buffer).map_err(Error::file("read", path))?;
        if read == 0 {
            return Ok(hexadecimal(&hash.finalize()));
        }
        hash.update(&buffer[..read]);
    }
}

/// Copies `from` to `to`, which is made anew and lasts when this returns. Returns the SHA-256 of what was
/// copied.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<String> {
    let mut source = File::open(from).map_err(Error::file("open", from))?;
    let mut target = File::create(to).map_err(Error::file("create", to))?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; BUFFER];
    loop {
        let read = source.read(&mut buffer).map_err(Error::file("read", from))?;
        if read == 0 {
            break;
        }
        hash.update(&buffer[..read]);
        target.write_all(&buffer[..read]).map_err(Error::file("write", to))?;
    }
    target.sync_all().map_err(Error::file("write", to))?;
    Ok(hexadecimal(&hash.finalize()))
}

/// Makes what was written to a file, or which files are in a folder, last.
pub(crate) fn sync(path: &Path) -> Result<()> {
    File::open(path).and_then(|file| file.sync_all()).map_err(Error::file("write", path))
}

/// Writes a file by way of another one beside it: a reader sees the old text or the new.
pub(crate) fn replace(path: &Path, text: &[u8]) -> Result<()> {
    let new = unfinished(path);
    let write = || {
        let mut file = File::create(&new)?;
        file.write_all(text)?;
        file.sync_all()
    };
    write().map_err(Error::file("write", &new))?;
    rename(&new, path)
}

/// What a file is called that [`replace`] has not finished.
pub(crate) fn unfinished(path: &Path) -> PathBuf {
    beside(path, ".", ".new")
}

/// Renames a file or folder so that it lasts.
pub(crate) fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(Error::file("rename", from))?;
    sync(folder(to))
}

/// The folder that a file is in.
pub(crate) fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// A name in the same folder: the file's own with something before and after it.
pub(crate) fn beside(path: &Path, before: &str, after: &str) -> PathBuf {
    let mut name = std::ffi::OsString::from(before);
    name.push(path.file_name().unwrap_or_default());
    name.push(after);
    path.with_file_name(name)
}

/// Bytes that may still be written to the file system of `path`.
///
/// # Errors
/// There is no such path.
pub fn space(path: &Path) -> Result<u64> {
    let facts =
        rustix::fs::statvfs(path).map_err(|error| Error::file("look at", path)(error.into()))?;
    Ok(facts.f_bavail.saturating_mul(facts.f_frsize))
}

/// Whether this user may write a file, or into a folder.
pub fn is_writable(path: &Path) -> bool {
    rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok()
}
