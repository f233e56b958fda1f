//! Putting a backup in a database's place.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use almanac_database::{Address, Location};
use chrono::{DateTime, Utc};

use super::{
    Engine, Manifest, Tools,
    create::stamp,
    lock::Lock,
    postgres,
    verify::{changed, database},
};
use crate::{
    Error, Result,
    digest::{self, differences},
    files,
    sqlite::Grip,
};

/// A backup that was restored.
#[derive(Clone, Debug)]
pub struct Restored {
    /// What the backup says of itself.
    pub manifest: Manifest,
    /// The file or schema that was there, under the name that it has now.
    pub kept: Option<String>,
}

/// Puts the backup in `folder` in the place of the database at `target`: where nothing is, or with `replace`
/// over what is there, which is kept under another name.
///
/// Killed at any moment, it leaves either the old database or the new one, and can be run again.
///
/// # Errors
/// The backup is damaged or of another engine or database, something is there and `replace` is not set, or
/// somebody has it open.
pub async fn restore(
    folder: &Path,
    target: &Address,
    replace: bool,
    tools: &Tools,
    now: DateTime<Utc>,
) -> Result<Restored> {
    let manifest = Manifest::read(folder)?;
    if database(&manifest)? != target.database {
        let reason = format!("the backup is of {}, not of {}", manifest.database, target.database);
        return Err(Error::refused("backup", reason));
    }
    let wrong = match manifest.missing(folder) {
        None => changed(folder, &manifest)?,
        missing => missing,
    };
    if let Some(reason) = wrong {
        return Err(Error::damaged(folder.display(), reason));
    }
    let kept = match (manifest.engine, &target.location) {
        (Engine::Sqlite, Location::File(path)) => {
            let copy = manifest.copy();
            over_file((&folder.join(&copy.name), &copy.sha256), path, replace, now).await?
        }
        (Engine::Sqlite, _) => {
            let reason = "this backup is of SQLite; restore it to a file, then `almanac copy` goes from one \
                          engine to the other";
            return Err(Error::refused("target", reason));
        }
        (Engine::Postgres, _) => {
            let name = kept_schema(&target.schema, now);
            let kept =
                postgres::restore(folder, &manifest, target, (replace, &name), tools).await?;
            let wrong = differences(&manifest.tables, &digest::digests_at(target).await?);
            if !wrong.is_empty() {
                return Err(Error::damaged(target, wrong.join("; ")));
            }
            kept
        }
    };
    tracing::info!(%target, kept, "restored");
    Ok(Restored { manifest, kept })
}

/// The name under which a schema is kept that gives way. PostgreSQL has names of 63 bytes.
pub(crate) fn kept_schema(schema: &str, now: DateTime<Utc>) -> String {
    format!(
        "{}_before_{}",
        schema.chars().take(24).collect::<String>(),
        now.format("%Y%m%dt%H%M%S%.6f").to_string().replace('.', "_")
    )
}

/// Puts a copy of the given SHA-256 in the place of `target`. Returns the name under which the file is kept that was
/// there.
pub(crate) async fn over_file(
    (copy, sha256): (&Path, &str),
    target: &Path,
    replace: bool,
    now: DateTime<Utc>,
) -> Result<Option<String>> {
    let there = target.try_exists().map_err(Error::file("look at", target))?;
    let log = files::beside(target, "", "-wal");
    if (there || log.exists()) && !replace {
        let reason = format!("{} exists; ask for it to be replaced, it is kept", target.display());
        return Err(Error::refused("target", reason));
    }
    let parent = files::folder(target);
    fs::create_dir_all(parent).map_err(Error::file("create", parent))?;
    let new = files::beside(target, ".", ".restoring");
    let _lock = lock(&new, target)?;
    if files::copy(copy, &new)? != sha256 {
        return Err(Error::damaged(copy.display(), "it is not what was copied"));
    }
    if !there {
        // The log of a file that is gone would be read into the new one.
        set_aside(target, None, now)?;
        files::rename(&new, target)?;
        return Ok(None);
    }
    let grip = Grip::take(target).await?;
    let kept = keep(target, now)?;
    set_aside(target, Some(&kept), now)?;
    files::rename(&new, target)?;
    if let Some(grip) = grip {
        grip.release().await?;
    }
    Ok(Some(kept.display().to_string()))
}

/// Takes a database away, as it was not there before. Returns the name under which it is kept, if it is there.
pub(crate) async fn take_away(target: &Path, now: DateTime<Utc>) -> Result<Option<String>> {
    if !target.try_exists().map_err(Error::file("look at", target))? {
        return Ok(None);
    }
    let grip = Grip::take(target).await?;
    let kept = keep(target, now)?;
    set_aside(target, Some(&kept), now)?;
    fs::remove_file(target).map_err(Error::file("remove", target))?;
    files::sync(files::folder(target))?;
    if let Some(grip) = grip {
        grip.release().await?;
    }
    Ok(Some(kept.display().to_string()))
}

/// Gives the file a second name. A run that was killed may have done so already.
fn keep(target: &Path, now: DateTime<Utc>) -> Result<PathBuf> {
    let looked = |path: &Path| fs::metadata(path).map_err(Error::file("look at", path));
    let (facts, folder) = (looked(target)?, files::folder(target));
    let before = format!("{}.before-", target.file_name().unwrap_or_default().to_string_lossy());
    for entry in fs::read_dir(folder).map_err(Error::file("read", folder))?.flatten() {
        let named = entry.file_name().to_string_lossy().starts_with(&before);
        let same = |other: fs::Metadata| (other.dev(), other.ino()) == (facts.dev(), facts.ino());
        if named && entry.metadata().is_ok_and(same) {
            return Ok(entry.path());
        }
    }
    let kept = files::beside(target, "", &format!(".before-{}", stamp(now)));
    match fs::hard_link(target, &kept) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let reason = format!("{} is there already", kept.display());
            return Err(Error::refused("now", reason));
        }
        // Not every file system has two names for a file.
        Err(_) => {
            let copy = files::beside(&kept, ".", ".copying");
            files::copy(target, &copy)?;
            files::rename(&copy, &kept)?;
        }
        Ok(()) => {}
    }
    files::sync(folder)?;
    Ok(kept)
}

/// Gives the logs beside a database the name under which it is kept. A database that could be opened has none.
fn set_aside(target: &Path, kept: Option<&Path>, now: DateTime<Utc>) -> Result<()> {
    let unnamed = files::beside(target, "", &format!(".before-{}", stamp(now)));
    for log in ["-wal", "-journal"] {
        let path = files::beside(target, "", log);
        if path.exists() {
            files::rename(&path, &files::beside(kept.unwrap_or(&unnamed), "", log))?;
        }
    }
    // An index of a log that is gone.
    match fs::remove_file(files::beside(target, "", "-shm")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::file("remove", target)(error))
        }
        _ => Ok(()),
    }
}

/// Keeps a second restore away from `new` as long as it lives.
fn lock(new: &Path, target: &Path) -> Result<Lock> {
    // Not emptied: another one may be at work in it.
    let open = File::options().create(true).truncate(false).write(true).open(new);
    let file = open.map_err(Error::file("create", new))?;
    Lock::take(file, new, target, "another restore")
}
