//! Where a client may have directories looked through.

use std::path::{Component, Path, PathBuf};

use crate::{Error, Result};

/// The folders of data that clients may have looked through. A path outside of them is refused as one that
/// is not there, so that nobody learns what lies elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DataRoots(Vec<PathBuf>);

impl DataRoots {
    /// These folders and what lies below them.
    pub fn new(folders: &[PathBuf]) -> Self {
        Self(folders.to_vec())
    }

    /// The directory of an absolute path, if it lies in one of the folders, also when links are followed.
    /// The path stays as it was given. It waits for the disk.
    ///
    /// # Errors
    /// It does not, or is not there; `argument` names it.
    pub fn confine(&self, path: &str, argument: &str) -> Result<PathBuf> {
        let given = Path::new(path);
        if self.holds(given) && given.is_dir() {
            return Ok(given.to_owned());
        }
        let message = if self.0.is_empty() {
            "this server may not look into any directory; ALMANAC_DATA_DIRS names those it may"
        } else {
            "it is not a directory in one of those that this server may look into"
        };
        Err(Error::invalid(argument, message))
    }

    /// An absolute path that ends in the beginning of names, if its directory lies in one of the folders.
    ///
    /// # Errors
    /// As [`confine`](Self::confine).
    pub fn confine_prefix(&self, prefix: &str, argument: &str) -> Result<PathBuf> {
        let named = prefix.rsplit_once('/').filter(|(_, name)| !name.is_empty());
        let Some((directory, name)) = named.filter(|(_, name)| !matches!(*name, "." | "..")) else {
            let message = "it is an absolute path that ends in the beginning of names";
            return Err(Error::invalid(argument, message));
        };
        Ok(self.confine(directory, argument)?.join(name))
    }

    fn holds(&self, path: &Path) -> bool {
        let is_plain =
            path.components().all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
        let within = |root: &PathBuf| {
            path.starts_with(root)
                && match (path.canonicalize(), root.canonicalize()) {
                    (Ok(path), Ok(root)) => path.starts_with(root),
                    _ => false,
                }
        };
        path.is_absolute() && is_plain && self.0.iter().any(within)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn only_what_lies_in_a_root_is_looked_into() {
        let folder = tempfile::tempdir().unwrap();
        let (inside, outside) = (folder.path().join("data"), folder.path().join("database"));
        for directory in [&inside.join("night"), &outside] {
            fs::create_dir_all(directory).unwrap();
        }
        std::os::unix::fs::symlink(&outside, inside.join("link")).unwrap();
        fs::write(inside.join("file"), "").unwrap();
        let roots = DataRoots::new(std::slice::from_ref(&inside));
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        for path in [inside.clone(), inside.join("night")] {
            assert_eq!(roots.confine(&text(&path), "directory").unwrap(), path);
        }
        for path in [
            text(&outside),
            text(&inside.join("link")),
            text(&inside.join("none")),
            text(&inside.join("file")),
            text(&inside.join("../database")),
            "data/night".to_owned(),
            String::new(),
            "/".to_owned(),
        ] {
            assert!(roots.confine(&path, "directory").is_err(), "{path}");
        }
        let prefix = text(&inside.join("night/2025"));
        assert_eq!(roots.confine_prefix(&prefix, "prefix").unwrap(), Path::new(&prefix));
        for prefix in [text(&outside.join("x")), text(&inside.join("..")), "x".to_owned()] {
            assert!(roots.confine_prefix(&prefix, "prefix").is_err(), "{prefix}");
        }
        assert!(DataRoots::default().confine(&text(&inside), "directory").is_err());
    }
}
