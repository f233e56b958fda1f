//! Which backups to keep.

use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Manifest,
    create::{lock, remove},
    list,
};
use crate::{Error, Result};

/// Which backups of each database to keep: those that either rule keeps.
#[derive(Clone, Copy, Debug, Default)]
pub struct Policy {
    /// So many of the newest.
    pub newest: Option<usize>,
    /// Those younger than this.
    pub younger_than: Option<TimeDelta>,
}

/// What would be kept and what deleted. Nothing is deleted before [`carry_out`](Self::carry_out).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    folder: PathBuf,
    /// The backups that stay, oldest first.
    pub keep: Vec<PathBuf>,
    /// The backups that go.
    pub delete: Vec<PathBuf>,
    /// Folders that hold no whole backup. They count for nothing and stay, to be looked at.
    pub broken: Vec<PathBuf>,
}

/// Finds which backups in `folder` a policy keeps.
///
/// # Errors
/// The policy keeps nothing, or `folder` cannot be read.
pub fn plan(folder: &Path, policy: Policy, now: DateTime<Utc>) -> Result<Plan> {
    if policy.newest.unwrap_or(0) == 0 && policy.younger_than.is_none() {
        let reason = "this would delete every backup; say how many to keep, or how old they may be";
        return Err(Error::refused("policy", reason));
    }
    let mut plan = Plan { folder: folder.to_owned(), keep: vec![], delete: vec![], broken: vec![] };
    let mut whole: Vec<(PathBuf, Manifest)> = Vec::new();
    for listed in list(folder)? {
        match listed.manifest {
            Ok(manifest) => whole.push((listed.folder, manifest)),
            Err(_) => plan.broken.push(listed.folder),
        }
    }
    whole.sort_by_key(|(_, manifest)| manifest.created_at);
    for (index, (path, manifest)) in whole.iter().enumerate() {
        let newer = whole[index + 1..].iter();
        let newer = newer.filter(|(_, other)| other.database == manifest.database).count();
        let young = policy.younger_than.is_some_and(|age| now - manifest.created_at < age);
        if young || policy.newest.is_some_and(|newest| newer < newest) {
            plan.keep.push(path.clone());
        } else {
            plan.delete.push(path.clone());
        }
    }
    Ok(plan)
}

impl Plan {
    /// Deletes what the plan says, one whole backup after the other.
    ///
    /// # Errors
    /// Another run is at work in the folder, or a backup cannot be deleted.
    pub fn carry_out(&self) -> Result<()> {
        let _lock = lock(&self.folder)?;
        self.delete.iter().try_for_each(|folder| remove(folder))
    }
}
