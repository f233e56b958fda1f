//! The old directory put aside, when it is not needed any more.

use std::{
    fs,
    path::{Path, PathBuf},
};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::{
    Content, Inventory, inventory,
    migrate::absolute,
    record::{Proved, Record},
};
use crate::{Error, Result, files};

/// An old directory that was put aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Archived {
    /// What it held.
    pub inventory: Inventory,
    /// Where it is now; none where it was removed.
    pub to: Option<PathBuf>,
}

/// Puts `old` aside, which was moved to `new`: it gets another name beside its own, or with `remove` goes for good.
///
/// # Errors
/// It was not moved there, the days that were said then have not passed, somebody has one of its databases open, a
/// file in it is not what was copied, or a database of the copy is gone. Nothing is touched then.
pub async fn archive(old: &Path, new: &Path, remove: bool, now: DateTime<Utc>) -> Result<Archived> {
    let (old, new) = (absolute(old)?, absolute(new)?);
    let proved = proved(&old, &new)?;
    let earliest = proved.at + TimeDelta::days(i64::from(proved.archive_after_days));
    if now < earliest {
        let reason = format!(
            "it may go after {}, {} days after it was moved; until then it is the backup",
            earliest.format("%Y-%m-%d %H:%M UTC"),
            proved.archive_after_days
        );
        return Err(Error::refused("old", reason));
    }
    let inventory = inventory(&old).await?;
    let changed = changed(&inventory, &new, &proved)?;
    if !changed.is_empty() {
        let reason = format!(
            "{}; `almanac state migrate {} --state-dir {}` copies what is missing",
            changed.join(", "),
            new.display(),
            old.display()
        );
        return Err(Error::refused("old", reason));
    }
    let aside = files::beside(&old, "", &format!(".archived-{}", now.format("%Y%m%d_%H%M%S")));
    files::rename(&old, &aside)?;
    if remove {
        fs::remove_dir_all(&aside).map_err(Error::file("remove", &aside))?;
    }
    tracing::info!(old = %old.display(), remove, "put aside");
    Ok(Archived { inventory, to: (!remove).then_some(aside) })
}

/// What was proved of the copy of `old`.
fn proved(old: &Path, new: &Path) -> Result<Proved> {
    let refused = |reason: String| Err(Error::refused("old", reason));
    match Record::read(new)? {
        Some(Record { from, proved: Some(proved), .. }) if from == old => Ok(proved),
        Some(Record { from, .. }) if from == old => refused(format!(
            "its move to {} was broken off; `almanac state migrate {} --state-dir {}` finishes it",
            new.display(),
            new.display(),
            old.display()
        )),
        _ => refused(format!("{} was not moved to {}", old.display(), new.display())),
    }
}

/// What speaks against it.
fn changed(old: &Inventory, new: &Path, proved: &Proved) -> Result<Vec<String>> {
    let mut changed = Vec::new();
    for entry in &old.entries {
        let path = entry.path.display();
        match &entry.content {
            Content::Database { holders, .. } if !holders.is_empty() => {
                let holders: Vec<String> = holders.iter().map(ToString::to_string).collect();
                let place = old.folder.join(&entry.path).display().to_string();
                return Err(Error::InUse { place, holders: holders.join(", ") });
            }
            Content::Database { log, .. } if *log > 0 => {
                changed.push(format!("{path} was written to since"));
            }
            Content::Database { .. } if !new.join(&entry.path).is_file() => {
                changed.push(format!("{path} is gone from {}", new.display()));
            }
            Content::Database { .. } | Content::Other => {
                let found = files::sha256(&old.folder.join(&entry.path))?;
                if proved.sums.get(&entry.path).is_none_or(|sums| sums.old != found) {
                    changed.push(format!("{path} is not what was copied"));
                }
            }
            Content::Log | Content::Folder | Content::Link { .. } => {}
        }
    }
    Ok(changed)
}
