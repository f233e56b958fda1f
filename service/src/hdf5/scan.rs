//! What lies in a directory.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use almanac_entity::UnixTime;

use super::SubbandFileName;
use crate::{Error, Result};

/// Errors that are told one by one; the others are only counted.
const TOLD: usize = 100;

/// A subband file on disk.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundFile {
    /// Its absolute path.
    pub path: String,
    /// What its name tells.
    pub name: SubbandFileName,
    /// Its size, bytes.
    pub size_bytes: i64,
    /// When it was written last.
    pub modified: UnixTime,
}

/// A file or directory that could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileError {
    /// Its path.
    pub path: String,
    /// What is wrong with it.
    pub message: String,
}

/// The subband files of a directory and all below it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DirectoryScan {
    /// The directory.
    pub directory: String,
    /// Its subband files, by time and then by path.
    pub files: Vec<FoundFile>,
    /// What could not be used; the first hundred.
    pub errors: Vec<FileError>,
    /// How much could not be used.
    pub error_count: u64,
    /// Whether there are more files than were asked for.
    pub truncated: bool,
    /// What could not be read, so that nobody knows whether it is there.
    pub(super) unknown: Vec<String>,
}

impl DirectoryScan {
    /// Looks for files whose names end in `_sbNN.hdf5` in a directory and those below it, at most
    /// `max_files`. Links to directories are not followed. It waits for the disk: call it where that
    /// blocks nobody.
    ///
    /// # Errors
    /// `directory` is not an absolute path, or cannot be read. What lies below it and cannot be read is
    /// told in the scan.
    pub fn of(directory: &Path, max_files: Option<usize>) -> Result<Self> {
        let Some(name) = directory.to_str().filter(|_| directory.is_absolute()) else {
            return Err(Error::invalid("directory", "it is an absolute path, in UTF-8"));
        };
        let name = if name == "/" { name } else { name.trim_end_matches('/') };
        let mut scan = Self { directory: name.to_owned(), ..Self::default() };
        let entries = fs::read_dir(directory).map_err(|error| {
            Error::invalid("directory", format!("it cannot be read: {}", error.kind()))
        })?;
        let mut waiting = scan.read(entries, directory, max_files);
        while let Some(directory) = waiting.pop() {
            match fs::read_dir(&directory) {
                Ok(entries) => waiting.extend(scan.read(entries, &directory, max_files)),
                Err(error) => scan.not_known(&directory, &error),
            }
        }
        scan.files
            .sort_by(|a, b| a.name.start.cmp(&b.name.start).then_with(|| a.path.cmp(&b.path)));
        Ok(scan)
    }

    /// Takes the files of one directory; the directories in it.
    fn read(
        &mut self,
        entries: fs::ReadDir,
        directory: &Path,
        max_files: Option<usize>,
    ) -> Vec<PathBuf> {
        let mut directories = Vec::new();
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    self.not_known(directory, &error);
                    continue;
                }
            };
            let path = entry.path();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => directories.push(path),
                Ok(_) => self.take(&path, max_files),
                Err(error) => self.not_known(&path, &error),
            }
        }
        directories
    }

    fn take(&mut self, path: &Path, max_files: Option<usize>) {
        let name = path.file_name().and_then(|name| name.to_str());
        let name = match name.and_then(SubbandFileName::parse) {
            None => return,
            Some(Err(message)) => return self.fail(path, message),
            Some(Ok(name)) => name,
        };
        if max_files.is_some_and(|most| self.files.len() >= most) {
            self.truncated = true;
            return;
        }
        let Some(text) = path.to_str() else {
            return self.fail(path, "its path is not UTF-8".to_owned());
        };
        let found = fs::metadata(path).and_then(|data| Ok((data.len(), data.modified()?, data)));
        match found {
            Ok((size, modified, data)) if data.is_file() => {
                let modified = modified.duration_since(UNIX_EPOCH).unwrap_or_default();
                self.files.push(FoundFile {
                    path: text.to_owned(),
                    name,
                    size_bytes: i64::try_from(size).unwrap_or(i64::MAX),
                    modified: UnixTime(modified.as_secs_f64()),
                });
            }
            Ok(_) => self.fail(path, "it is not a file".to_owned()),
            // A link to nothing: the file itself is gone.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => self.not_known(path, &error),
        }
    }

    fn not_known(&mut self, path: &Path, error: &io::Error) {
        self.unknown.push(path.to_string_lossy().into_owned());
        self.fail(path, format!("it cannot be read: {}", error.kind()));
    }

    fn fail(&mut self, path: &Path, message: String) {
        self.error_count += 1;
        if self.errors.len() < TOLD {
            self.errors.push(FileError { path: path.to_string_lossy().into_owned(), message });
        }
    }

    /// Whether the scan would have found `path` if it were there.
    pub(super) fn would_find(&self, path: &str) -> bool {
        !self.unknown.iter().any(|unknown| {
            path.strip_prefix(unknown.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_read_can_be_missed() {
        let scan = DirectoryScan { unknown: vec!["/a/b".to_owned()], ..DirectoryScan::default() };
        assert!(!scan.would_find("/a/b/x_sb00.hdf5") && !scan.would_find("/a/b"));
        assert!(scan.would_find("/a/bc/x_sb00.hdf5") && scan.would_find("/a/x_sb00.hdf5"));
    }

    #[test]
    fn a_directory_is_absolute_and_readable() {
        for path in ["data", "/no/such/directory"] {
            assert!(matches!(
                DirectoryScan::of(Path::new(path), None),
                Err(Error::Invalid { argument, .. }) if argument == "directory"
            ));
        }
    }
}
