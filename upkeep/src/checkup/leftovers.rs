//! What work that was broken off has left.

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
};

use almanac_database::Address;

use super::Finding;
use crate::{
    backup,
    files::beside,
    holders,
    relocate::{RECORD, Record},
};

/// What killed programs have left beside databases, among backups and in the state directory. What somebody is at
/// work with is none.
pub fn leftovers(addresses: &[Address], state: &Path, backups: &Path) -> Vec<Finding> {
    let mut findings: Vec<Finding> = addresses.iter().flat_map(beside_database).collect();
    findings.extend(among_backups(backups));
    findings.extend(of_a_move(state));
    findings
}

fn beside_database(address: &Address) -> Vec<Finding> {
    let Some(file) = address.location.file() else { return Vec::new() };
    let database = address.database;
    let mut findings = Vec::new();
    let mut look = |before: &str, after: &str, problem: &str, remedy: &dyn Fn(&str) -> String| {
        let path = beside(file, before, after);
        if path.exists() && !is_locked(&path) && holders(&path).is_empty() {
            let shown = path.display().to_string();
            let remedy = remedy(&shown);
            findings.push(Finding::new(&shown, problem, remedy));
        }
    };
    look(
        "",
        ".migrating",
        "a migration was broken off; its revisions are whole or not there",
        &|_| format!("`almanac migrate upgrade --database {database}` goes on with it"),
    );
    look(
        ".",
        ".restoring",
        "a restore was broken off; the database is as it was before",
        &|path| format!("run `almanac backup restore` again, or `rm {path}`"),
    );
    look(
        ".",
        ".copying",
        "a copy into this database was broken off; nothing of it is there",
        &|path| format!("run `almanac backup copy` again, or `rm {path}*`"),
    );
    look(".", ".moving", "a move of the state directory was broken off", &|path| {
        format!("run `almanac state migrate` again, or `rm {path}`")
    });
    findings
}

/// Backups that were not finished, unless one is being made.
fn among_backups(backups: &Path) -> Vec<Finding> {
    let Ok(entries) = fs::read_dir(backups) else { return Vec::new() };
    let is_partial = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(backup::PARTIAL))
    };
    let partial: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(is_partial).collect();
    // Only then the lock is tried, for somebody may want it.
    if partial.is_empty() || is_locked(&backups.join(backup::LOCK)) {
        return Vec::new();
    }
    partial
        .into_iter()
        .map(|path| {
            let path = path.display().to_string();
            let remedy = format!("`rm -r {path}`; the next `almanac backup create` does it too");
            Finding::new(&path, "a backup was broken off, or its deletion", remedy)
        })
        .collect()
}

/// A move into the state directory that was not proved.
fn of_a_move(state: &Path) -> Option<Finding> {
    let about = state.join(RECORD).display().to_string();
    match Record::read(state) {
        Ok(Some(record)) if record.proved.is_none() => {
            let (from, to) = (record.from.display(), state.display());
            let remedy = format!("`almanac state migrate {to} --state-dir {from}` goes on with it");
            let problem = format!("the move from {from} was broken off, and nothing is proved");
            Some(Finding::new(&about, problem, remedy))
        }
        Err(error) => {
            let remedy = "move that file away and run `almanac state migrate` again";
            Some(Finding::new(&about, error.to_string(), remedy))
        }
        _ => None,
    }
}

/// Whether somebody has locked a file. Only tried, and given back at once.
fn is_locked(path: &Path) -> bool {
    let Ok(file) = File::open(path) else { return false };
    matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
}
