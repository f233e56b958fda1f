//! Which backups to keep.

use std::path::{Path, PathBuf};

use almanac_database::Address;
use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Manifest, Tools,
    create::{lock, remove},
    list, verify,
    verify::database,
};
use crate::{Error, Result};

/// Which backups of each database to keep: those that either rule keeps, and the newest in any case.
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
    /// The newest backup of each database of which some go. It is proved before they do.
    pub prove: Vec<PathBuf>,
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
    let mut plan = Plan {
        folder: folder.to_owned(),
        keep: vec![],
        delete: vec![],
        prove: vec![],
        broken: vec![],
    };
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
        let mut newer = newer.rev().filter(|(_, other)| other.database == manifest.database);
        let Some((newest, _)) = newer.next() else {
            plan.keep.push(path.clone());
            continue;
        };
        let young = policy.younger_than.is_some_and(|age| now - manifest.created_at < age);
        if young || policy.newest.is_some_and(|kept| newer.count() + 1 < kept) {
            plan.keep.push(path.clone());
            continue;
        }
        plan.delete.push(path.clone());
        if !plan.prove.contains(newest) {
            plan.prove.push(newest.clone());
        }
    }
    Ok(plan)
}

impl Plan {
    /// Deletes what the plan says, one whole backup after the other, once the newest of each database is proved
    /// by [`verify`]: those of PostgreSQL on the server of their database in `servers`.
    ///
    /// # Errors
    /// One of the newest cannot be restored, and nothing is deleted; another run is at work in the folder, or a
    /// backup cannot be deleted.
    pub async fn carry_out(&self, servers: &[Address], tools: &Tools) -> Result<()> {
        for newest in &self.prove {
            let database = database(&Manifest::read(newest)?)?;
            let server = servers.iter().find(|server| server.database == database);
            if let Some(fault) = verify(newest, server, tools).await?.first() {
                let reason =
                    format!("{fault}; older ones stay while the newest cannot be restored");
                return Err(Error::damaged(newest.display(), reason));
            }
        }
        let _lock = lock(&self.folder)?;
        self.delete.iter().try_for_each(|folder| remove(folder))
    }
}
