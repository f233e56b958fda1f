//! Moves of files and directories that are whole or did not happen.
//!
//! Within a file system a move is a rename. Across file systems the copy is made under another name beside
//! the target, brought to the disk, renamed, and only then the original is removed. Nothing is ever written
//! over.

use std::{
    fs::{self, File},
    io::{self, Read},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// How much is compared at once.
const BLOCK: usize = 1 << 16;

/// Moves `source` to `target`, which is not there.
pub(super) fn move_whole(source: &Path, target: &Path) -> io::Result<()> {
    match rename_new(source, target) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => copy_whole(source, target),
        outcome => outcome,
    }
}

/// The move across file systems.
pub(super) fn copy_whole(source: &Path, target: &Path) -> io::Result<()> {
    let partial = partial(target);
    remove(&partial)?;
    copy(source, &partial)?;
    sync_parent(&partial)?;
    rename_new(&partial, target)?;
    remove(source)?;
    sync_parent(source)
}

/// What a move that was interrupted came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Interrupted {
    /// The target is whole and the source is gone.
    Done,
    /// The source is where it was, and there is no target of ours.
    NotBegun,
    /// Neither is there.
    Lost,
}

/// Finds out what became of a move that was interrupted, finishes it where the target is whole, and clears
/// away what is not.
pub(super) fn resume(source: &Path, target: &Path) -> io::Result<Interrupted> {
    remove(&partial(target))?;
    let there = |path: &Path| match fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    };
    match (there(source)?, there(target)?) {
        (false, true) => Ok(Interrupted::Done),
        (false, false) => Ok(Interrupted::Lost),
        // Ours if it is the same; else somebody put it there in the meantime.
        (true, true) if same(source, target)? => {
            remove(source)?;
            sync_parent(source)?;
            Ok(Interrupted::Done)
        }
        (true, _) => Ok(Interrupted::NotBegun),
    }
}

/// Renames, but never over something. A directory is not renamed over one that holds something, and a file
/// gets a second name before it loses its first.
fn rename_new(source: &Path, target: &Path) -> io::Result<()> {
    if fs::symlink_metadata(target).is_ok() {
        return Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            format!("{} is there already", target.display()),
        ));
    }
    if fs::symlink_metadata(source)?.is_dir() {
        fs::rename(source, target)?;
    } else {
        match fs::hard_link(source, target) {
            Ok(()) => {
                sync_parent(target)?;
                fs::remove_file(source)?;
            }
            // Not every file system has second names.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::Unsupported | io::ErrorKind::PermissionDenied
                ) =>
            {
                fs::rename(source, target)?;
            }
            Err(error) => return Err(error),
        }
    }
    sync_parent(target)?;
    sync_parent(source)
}

/// The name of a copy that is not whole yet.
fn partial(target: &Path) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    target.with_file_name(format!(".{name}.partial"))
}

/// Copies a file, link or directory, and brings it to the disk.
fn copy(source: &Path, target: &Path) -> io::Result<()> {
    let metadata = fs::symlink_metadata(source)?;
    if metadata.is_dir() {
        fs::create_dir(target)?;
        for entry in fs::read_dir(source)? {
            let entry = entry?;
            copy(&entry.path(), &target.join(entry.file_name()))?;
        }
        fs::set_permissions(target, metadata.permissions())?;
        return File::open(target)?.sync_all();
    }
    if metadata.is_symlink() {
        return std::os::unix::fs::symlink(fs::read_link(source)?, target);
    }
    if !metadata.is_file() {
        let message = format!("{} is neither a file nor a directory", source.display());
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    fs::copy(source, target)?;
    let file = File::options().write(true).open(target)?;
    file.set_modified(metadata.modified()?)?;
    file.sync_all()
}

/// Whether two files or directories hold the same.
fn same(a: &Path, b: &Path) -> io::Result<bool> {
    let (of_a, of_b) = (fs::symlink_metadata(a)?, fs::symlink_metadata(b)?);
    if (of_a.dev(), of_a.ino()) == (of_b.dev(), of_b.ino()) {
        return Ok(true);
    }
    if of_a.file_type() != of_b.file_type() {
        return Ok(false);
    }
    if of_a.is_dir() {
        let names = |path: &Path| -> io::Result<Vec<_>> {
            let names = fs::read_dir(path)?.map(|entry| Ok(entry?.file_name()));
            let mut names = names.collect::<io::Result<Vec<_>>>()?;
            names.sort();
            Ok(names)
        };
        let (names_a, names_b) = (names(a)?, names(b)?);
        if names_a != names_b {
            return Ok(false);
        }
        for name in names_a {
            if !same(&a.join(&name), &b.join(&name))? {
                return Ok(false);
            }
        }
        return Ok(true);
    }
    if of_a.is_symlink() {
        return Ok(fs::read_link(a)? == fs::read_link(b)?);
    }
    Ok(of_a.len() == of_b.len() && same_bytes(File::open(a)?, File::open(b)?)?)
}

fn same_bytes(mut a: impl Read, mut b: impl Read) -> io::Result<bool> {
    let (mut of_a, mut of_b) = (vec![0; BLOCK], vec![0; BLOCK]);
    loop {
        let read = a.read(&mut of_a)?;
        if read == 0 {
            return Ok(b.read(&mut of_b)? == 0);
        }
        match b.read_exact(&mut of_b[..read]) {
            Ok(()) if of_a[..read] == of_b[..read] => {}
            Ok(()) => return Ok(false),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
            Err(error) => return Err(error),
        }
    }
}

/// Removes a file or directory where there is one.
fn remove(path: &Path) -> io::Result<()> {
    let outcome = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match outcome {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}

/// Brings the names of a directory to the disk.
fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) => File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path =
                std::env::temp_dir().join(format!("almanac-mover-{}-{name}", std::process::id()));
            remove(&path).unwrap();
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        fn tree(&self, name: &str) -> PathBuf {
            let path = self.0.join(name);
            fs::create_dir_all(path.join("sub")).unwrap();
            fs::write(path.join("table.dat"), vec![7; 3 * BLOCK]).unwrap();
            fs::write(path.join("sub/empty"), "").unwrap();
            std::os::unix::fs::symlink("table.dat", path.join("link")).unwrap();
            path
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_copy_is_the_same_and_takes_the_originals_place() {
        let folder = Folder::new("copy");
        let (source, kept) = (folder.tree("source"), folder.tree("kept"));
        let target = folder.0.join("target");
        // What an earlier attempt left.
        fs::create_dir(partial(&target)).unwrap();
        copy_whole(&source, &target).unwrap();
        assert!(same(&kept, &target).unwrap());
        assert!(!source.exists() && !partial(&target).exists());
        fs::write(kept.join("table.dat"), vec![8; 3 * BLOCK]).unwrap();
        assert!(!same(&kept, &target).unwrap());
    }

    #[test]
    fn nothing_is_written_over() {
        let folder = Folder::new("over");
        let (source, target) = (folder.0.join("a"), folder.0.join("b"));
        fs::write(&source, "new").unwrap();
        fs::write(&target, "old").unwrap();
        for attempt in [move_whole, copy_whole] {
            let refused = attempt(&source, &target).unwrap_err();
            assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        }
        assert_eq!(fs::read_to_string(&source).unwrap(), "new");
        assert_eq!(fs::read_to_string(&target).unwrap(), "old");
        fs::remove_file(&target).unwrap();
        move_whole(&source, &target).unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "new");
        assert!(!source.exists());
    }

    #[test]
    fn an_interrupted_move_is_finished_or_undone() {
        let folder = Folder::new("resume");
        let target = folder.0.join("target");
        let source = folder.tree("source");
        copy(&source, &partial(&target)).unwrap();
        fs::remove_file(partial(&target).join("table.dat")).unwrap();
        assert_eq!(resume(&source, &target).unwrap(), Interrupted::NotBegun);
        assert!(!partial(&target).exists() && source.exists());
        // The copy was whole, the original not removed yet.
        copy(&source, &target).unwrap();
        assert_eq!(resume(&source, &target).unwrap(), Interrupted::Done);
        assert!(!source.exists() && target.join("link").exists());
        assert_eq!(resume(&source, &target).unwrap(), Interrupted::Done);
        // Somebody else's.
        let source = folder.tree("source");
        fs::write(source.join("more"), "").unwrap();
        assert_eq!(resume(&source, &target).unwrap(), Interrupted::NotBegun);
        assert!(source.exists() && target.exists());
        let lost = resume(&folder.0.join("x"), &folder.0.join("y")).unwrap();
        assert_eq!(lost, Interrupted::Lost);
    }
}
