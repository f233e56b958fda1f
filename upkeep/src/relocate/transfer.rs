//! One file to the other directory.

use std::{
    fs::{self, FileTimes},
    os::unix::fs::symlink,
    path::Path,
};

use super::{Content, Entry, record::Record};
use crate::{Error, Result, files};

/// What became of an entry, or would.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is there as it should be.
    Same,
    /// It is copied.
    Copied,
    /// Something newer is in its place.
    Newer,
}

/// Brings an entry to `to`; with `write` unset, only says what would become of it. A file appears under its name
/// when it is whole.
pub(super) fn transfer(
    (from, to): (&Path, &Path),
    entry: &Entry,
    record: &Record,
    (force, write): (bool, bool),
) -> Result<Outcome> {
    let (source, target) = (from.join(&entry.path), to.join(&entry.path));
    match &entry.content {
        Content::Log => Ok(Outcome::Same),
        Content::Folder if target.is_dir() => Ok(Outcome::Same),
        Content::Folder => {
            if write {
                fs::create_dir_all(&target).map_err(Error::file("create", &target))?;
            }
            Ok(Outcome::Copied)
        }
        Content::Link { to } => link(to, &target, force, write),
        Content::Database { .. } | Content::Other => {
            let outcome = compare(&source, &target, entry, record, force)?;
            if outcome == Outcome::Copied && write {
                copy(&source, &target)?;
            }
            Ok(outcome)
        }
    }
}

/// What is to become of a file.
fn compare(
    source: &Path,
    target: &Path,
    entry: &Entry,
    record: &Record,
    force: bool,
) -> Result<Outcome> {
    let Ok(facts) = fs::symlink_metadata(target) else { return Ok(Outcome::Copied) };
    if !facts.is_file() {
        let reason = format!("{} is in the way; take it away", target.display());
        return Err(Error::refused("to", reason));
    }
    if facts.len() == entry.size && files::sha256(source)? == files::sha256(target)? {
        return Ok(Outcome::Same);
    }
    if let Some(rewritten) = record.rewritten.get(&entry.path) {
        let copied = rewritten.source == files::sha256(source)?;
        return Ok(match &rewritten.target {
            Some(target_sum) if copied && *target_sum == files::sha256(target)? => Outcome::Same,
            // Killed while its rows were rewritten.
            None => Outcome::Copied,
            Some(_) if force => Outcome::Copied,
            Some(_) => Outcome::Newer,
        });
    }
    let modified = |facts: &fs::Metadata| facts.modified().ok();
    let old = fs::metadata(source).map_err(Error::file("look at", source))?;
    if modified(&facts) > modified(&old) && !force {
        Ok(Outcome::Newer)
    } else {
        Ok(Outcome::Copied)
    }
}

fn copy(source: &Path, target: &Path) -> Result<()> {
    let moving = files::beside(target, ".", ".moving");
    files::copy(source, &moving)?;
    keep_facts(source, &moving)?;
    files::rename(&moving, target)
}

fn link(to: &Path, target: &Path, force: bool, write: bool) -> Result<Outcome> {
    match fs::read_link(target) {
        Ok(there) if there == to => return Ok(Outcome::Same),
        Ok(_) if !force => return Ok(Outcome::Newer),
        Ok(_) if write => fs::remove_file(target).map_err(Error::file("remove", target))?,
        _ => {}
    }
    if write {
        symlink(to, target).map_err(Error::file("create", target))?;
    }
    Ok(Outcome::Copied)
}

/// Gives a copy the mode and the times of what it is a copy of.
pub(super) fn keep_facts(source: &Path, copy: &Path) -> Result<()> {
    let facts = fs::metadata(source).map_err(Error::file("look at", source))?;
    let keep = || {
        fs::set_permissions(copy, facts.permissions())?;
        let times =
            FileTimes::new().set_accessed(facts.accessed()?).set_modified(facts.modified()?);
        fs::File::open(copy)?.set_times(times)
    };
    keep().map_err(Error::file("set the times of", copy))
}
