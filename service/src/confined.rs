//! Paths that people name, held within a folder.

use std::path::{Component, Path, PathBuf};

use crate::{Error, Result};

/// A path in `folder`, given in full or from there on; `what` says which folder that is. Neither `..` nor a
/// link leads out of it, and no part of it is hidden.
///
/// # Errors
/// It leads out of the folder, or names no file.
pub(crate) fn confined(folder: &Path, path: &str, what: &str) -> Result<PathBuf> {
    let refuse = |message: String| Err(Error::invalid("path", message));
    let path = folder.join(path);
    let Ok(within) = path.strip_prefix(folder) else {
        return refuse(format!("it does not lie in {what}"));
    };
    let is_plain = |component: Component<'_>| match component {
        Component::Normal(name) => !name.to_string_lossy().starts_with('.'),
        _ => false,
    };
    if within.as_os_str().is_empty() || !within.components().all(is_plain) {
        return refuse(format!("it does not lie in {what}, or names no file"));
    }
    // The part of it that exists must be where it seems to be.
    let mut existing = path.as_path();
    while let Some(parent) = existing.parent().filter(|_| existing.symlink_metadata().is_err()) {
        existing = parent;
    }
    if existing.starts_with(folder) {
        let real = existing.canonicalize().and_then(|real| Ok((real, folder.canonicalize()?)));
        match real {
            Ok((real, root)) if real.starts_with(&root) => {}
            _ => return refuse(format!("a link leads out of {what}")),
        }
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_in_their_folder() {
        let folder = Path::new("/nowhere/models");
        let inside = |path| confined(folder, path, "the folder");
        assert_eq!(inside("a/b.txt").unwrap(), folder.join("a/b.txt"));
        assert_eq!(inside("/nowhere/models/b.txt").unwrap(), folder.join("b.txt"));
        for bad in ["../x", "/etc/passwd", "a/../../x", "", ".", ".hidden", "/nowhere/models"] {
            assert!(inside(bad).is_err(), "{bad}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_lead_nowhere_else() {
        let root = std::env::temp_dir().join(uuid::Uuid::now_v7().simple().to_string());
        let folder = root.join("models");
        std::fs::create_dir_all(&folder).unwrap();
        std::os::unix::fs::symlink("/", folder.join("out")).unwrap();
        assert!(confined(&folder, "out/etc/passwd", "the folder").is_err());
        assert!(confined(&folder, "out", "the folder").is_err());
        assert!(confined(&folder, "new.txt", "the folder").is_ok());
        std::fs::remove_dir_all(root).unwrap();
    }
}
