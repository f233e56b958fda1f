//! The move itself.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{
    Content, Entry, Inventory, Reference, StoredPath, environment, inventory,
    promote::{Promotion, promote},
    prove::{Proof, prove},
    record::{Proved, RECORD, Record, Rewritten, write},
    references, stored, stored_paths,
    transfer::{Outcome, keep_facts, transfer},
};
use crate::{Error, Result, files, sqlite};

/// What its report is called there.
pub(super) const REPORT: &str = "relocation-report.json";
/// What the operator runs when a state directory has moved.
const NEXT_STEPS: [&str; 3] = [
    "systemctl daemon-reload && systemctl restart contimg-stream.service contimg-api.service",
    "systemctl enable --now data-retention-cleanup.timer",
    "watch the logs of the services for errors about paths",
];
/// Bytes left free beside what is copied.
const RESERVE: u64 = 16 << 20;

/// How to move.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command")]
pub struct Options {
    /// Only look, and say what would be done.
    pub dry_run: bool,
    /// Take a directory that is neither empty nor of an earlier try, and overwrite newer files in it.
    pub force: bool,
    /// Copy databases that are in `db/` only to where the variables point.
    pub promote_db: bool,
    /// Have stored paths in the copied databases follow.
    pub rewrite_paths: bool,
    /// The environment file of the services.
    pub env_file: Option<PathBuf>,
    /// Where to look for lines that name the old directory.
    pub look_in: Vec<PathBuf>,
    /// Days after which the old directory may be archived.
    pub archive_after_days: u32,
}

/// What was done, or would be.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Whether nothing was done.
    pub dry_run: bool,
    /// When.
    pub at: DateTime<Utc>,
    /// What the old directory holds.
    pub inventory: Inventory,
    /// What was copied.
    pub copied: Vec<PathBuf>,
    /// What both directories have been compared for; none in a dry run.
    pub proof: Option<Proof>,
    /// Databases that are in `db/`, where the variables do not point.
    pub promotions: Vec<Promotion>,
    /// The lines of the environment file.
    pub environment: Vec<String>,
    /// Lines elsewhere that name the old directory.
    pub references: Vec<Reference>,
    /// Columns that name the old directory, as they were found in it.
    pub stored_paths: Vec<StoredPath>,
    /// Whether they were rewritten.
    pub rewritten: bool,
    /// What is left to the operator.
    pub next_steps: Vec<String>,
}

/// Moves the state directory `from` to `to`: copies everything, compares every file, and only then has the
/// environment file name the new directory. `from` stays; logs of its databases are put into them first.
/// `progress` is told of every entry. Run again, it goes on where it was, or copies nothing and compares again.
///
/// This process may have none of the databases open.
///
/// # Errors
/// Somebody has a database open, `to` is not empty or has newer files, there is too little space, or the copy is
/// not the same. The environment file is then as it was.
pub async fn migrate(
    from: &Path,
    to: &Path,
    options: &Options,
    mut progress: impl FnMut(&Entry),
    now: DateTime<Utc>,
) -> Result<Report> {
    let (from, to) = (&absolute(from)?, &absolute(to)?);
    let inventory = inventory(from).await?;
    let mut record = check(from, to, &inventory, options)?;
    let mut stored = Vec::new();
    if !options.dry_run {
        fs::create_dir_all(to).map_err(Error::file("create", to))?;
        record.proved = None;
        record.write(to)?;
        for entry in inventory.databases() {
            sqlite::put_log_away(&from.join(&entry.path)).await?;
        }
    }
    for entry in inventory.databases() {
        stored.extend(stored_paths(&from.join(&entry.path), from).await?);
    }
    // Once more: the databases may be larger now, and their logs are gone.
    let inventory = if options.dry_run { inventory } else { super::inventory(from).await? };
    let copied = copy((from, to), &inventory, &record, options, &mut progress)?;
    let mut report = Report {
        dry_run: options.dry_run,
        at: now,
        copied,
        proof: None,
        promotions: promote((from, to), options.promote_db, options.dry_run).await?,
        environment: Vec::new(),
        references: references(&options.look_in, from)?,
        stored_paths: stored,
        rewritten: false,
        next_steps: next_steps(from, to),
        inventory,
    };
    if !options.dry_run {
        if options.rewrite_paths {
            rewrite((from, to), &report.stored_paths, &mut record).await?;
            report.rewritten = true;
        }
        let proof = prove(from, to).await?;
        if !proof.wrong.is_empty() {
            return Err(Error::damaged(to.display(), proof.wrong.join("; ")));
        }
        let (at, archive_after_days) = (now, options.archive_after_days);
        record.proved = Some(Proved { at, archive_after_days, sums: proof.sums.clone() });
        record.write(to)?;
        report.proof = Some(proof);
    }
    report.environment = match &options.env_file {
        Some(file) => environment::rewrite(file, to, !options.dry_run)?,
        None => environment::lines(to),
    };
    if !options.dry_run {
        write(&to.join(REPORT), &report)?;
        tracing::info!(from = %from.display(), to = %to.display(), "moved");
    }
    Ok(report)
}

/// What is left to the operator.
fn next_steps(from: &Path, to: &Path) -> Vec<String> {
    let archive = format!(
        "almanac state archive {} --state-dir {}, after the backup window",
        from.display(),
        to.display()
    );
    NEXT_STEPS.iter().map(|step| (*step).to_owned()).chain([archive]).collect()
}

pub(super) fn absolute(path: &Path) -> Result<PathBuf> {
    // Without `..`, so that one can be seen to lie in the other.
    let absolute = std::path::absolute(path).map_err(Error::file("find", path))?;
    Ok(absolute.canonicalize().unwrap_or(absolute))
}

/// Looks before anything is written. Returns what an earlier try noted.
fn check(from: &Path, to: &Path, inventory: &Inventory, options: &Options) -> Result<Record> {
    if to.starts_with(from) || from.starts_with(to) {
        let reason = format!("{} and {} lie in each other", from.display(), to.display());
        return Err(Error::refused("to", reason));
    }
    for entry in inventory.databases() {
        if let Content::Database { holders, .. } = &entry.content
            && !holders.is_empty()
        {
            let holders: Vec<String> = holders.iter().map(ToString::to_string).collect();
            let place = from.join(&entry.path).display().to_string();
            return Err(Error::InUse { place, holders: holders.join(", ") });
        }
    }
    let record = Record::read(to)?;
    // A run that was killed may have left a note that it had only begun to write.
    let own = |name: &std::ffi::OsStr| {
        name == REPORT || name == RECORD || files::unfinished(Path::new(RECORD)) == *name
    };
    let full = fs::read_dir(to)
        .is_ok_and(|entries| entries.flatten().any(|entry| !own(&entry.file_name())));
    match &record {
        Some(record) if record.from != from && !options.force => {
            let reason = format!("{} was moved there before", record.from.display());
            return Err(Error::refused("to", reason));
        }
        None if full && !options.force => {
            let reason = format!("{} is not empty; empty it, or use force", to.display());
            return Err(Error::refused("to", reason));
        }
        _ => {}
    }
    let existing = to.ancestors().find(|folder| folder.is_dir()).unwrap_or(Path::new("/"));
    rustix::fs::access(existing, rustix::fs::Access::WRITE_OK)
        .map_err(|error| Error::file("write into", existing)(error.into()))?;
    let missing = |entry: &&Entry| !to.join(&entry.path).exists();
    let needed: u64 = inventory.entries.iter().filter(missing).map(|entry| entry.size).sum();
    let free = files::space(existing)?;
    if needed + RESERVE > free {
        let reason = format!("{needed} bytes are needed at {}, {free} are free", to.display());
        return Err(Error::refused("to", reason));
    }
    let new = Record { from: from.to_owned(), ..Record::default() };
    Ok(record.filter(|record| record.from == from).unwrap_or(new))
}

/// Copies what is not there yet. Returns what was copied, or would be.
fn copy(
    (from, to): (&Path, &Path),
    inventory: &Inventory,
    record: &Record,
    options: &Options,
    progress: &mut impl FnMut(&Entry),
) -> Result<Vec<PathBuf>> {
    // All newer files are found before the first is copied.
    let mut newer = Vec::new();
    for entry in &inventory.entries {
        if transfer((from, to), entry, record, (options.force, false))? == Outcome::Newer {
            newer.push(entry.path.display().to_string());
        }
    }
    if !newer.is_empty() {
        let reason = format!(
            "{} there are newer or changed; they are overwritten by force only",
            newer.join(", ")
        );
        return Err(Error::refused("to", reason));
    }
    let mut copied = Vec::new();
    for entry in &inventory.entries {
        let outcome = transfer((from, to), entry, record, (options.force, !options.dry_run))?;
        if outcome == Outcome::Copied {
            copied.push(entry.path.clone());
        }
        progress(entry);
    }
    if !options.dry_run && !copied.is_empty() {
        // A folder's times change with what is put into it.
        for entry in inventory.entries.iter().rev().filter(|entry| entry.content == Content::Folder)
        {
            keep_facts(&from.join(&entry.path), &to.join(&entry.path))?;
        }
    }
    Ok(copied)
}

/// Has stored paths follow, and notes which files differ by it.
async fn rewrite(
    (from, to): (&Path, &Path),
    stored: &[StoredPath],
    record: &mut Record,
) -> Result<()> {
    let mut files_of: BTreeMap<PathBuf, Vec<StoredPath>> = BTreeMap::new();
    for path in stored {
        let file = path.file.strip_prefix(from).unwrap_or(&path.file).to_owned();
        files_of.entry(file).or_default().push(path.clone());
    }
    for (file, paths) in files_of {
        let (source, target) = (files::sha256(&from.join(&file))?, to.join(&file));
        if files::sha256(&target)? != source {
            continue;
        }
        record.rewritten.insert(file.clone(), Rewritten { source, target: None });
        record.write(to)?;
        stored::rewrite(&target, &paths, from, to).await?;
        files::sync(&target)?;
        let target = Some(files::sha256(&target)?);
        if let Some(rewritten) = record.rewritten.get_mut(&file) {
            rewritten.target = target;
        }
        record.write(to)?;
    }
    Ok(())
}
