//! `almanac state`: what is in the state directory, and moving it.

use std::{
    iter,
    path::{Path, PathBuf},
    process::ExitCode,
};

use almanac_database::Environment;
use almanac_upkeep::{
    holders, put_log_away,
    relocate::{self, Candidate, Content, Entry, Options, Report},
};
use chrono::Utc;
use clap::{Args, Subcommand};
use indicatif::ProgressBar;

use crate::{
    confirm::confirmed,
    output::{complain, say, say_json, say_table},
};

#[derive(Args)]
pub(crate) struct State {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Show everything in the state directory
    Inventory {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Copy the state directory to another place, prove the copy, and have the services look there
    Migrate(Box<Migrate>),
    /// Put the old directory aside, which was moved to the state directory, when its days have passed
    Archive {
        /// The old directory
        old: PathBuf,
        /// Remove it for good
        #[arg(long)]
        remove: bool,
        /// Do not ask
        #[arg(long)]
        yes: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Put the write-ahead logs that a crash left into the databases that nobody has open
    Checkpoint,
}

#[derive(Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
struct Migrate {
    /// The new directory
    to: PathBuf,
    /// The environment file of the services, rewritten in place with a `.bak` beside it
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,
    /// Where to look for lines that name the old directory; may be given more than once
    #[arg(long, value_name = "PATH")]
    look_in: Vec<PathBuf>,
    /// Copy databases that are only in `db/` to where the variables point
    #[arg(long)]
    promote_db: bool,
    /// Have paths that are stored in tables follow
    #[arg(long)]
    rewrite_paths: bool,
    /// Take a directory that is neither empty nor of an earlier try
    #[arg(long)]
    force: bool,
    /// Days after which `almanac state archive` may put the old directory aside
    #[arg(long, value_name = "DAYS", default_value_t = 7)]
    archive_after: u32,
    /// Only look, and say what would be done
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl State {
    pub(crate) async fn run(self, environment: &Environment) -> anyhow::Result<ExitCode> {
        let (folder, _) = environment.state_dir();
        match self.verb {
            Verb::Inventory { json } => {
                let inventory = relocate::inventory(&folder).await?;
                if json {
                    say_json(&inventory)?;
                } else {
                    let rows: Vec<_> = inventory.entries.iter().map(row).collect();
                    say_table(["BYTES", "WHAT", "PATH"], &rows);
                    say(format_args!("{} bytes in {}", inventory.size(), folder.display()));
                }
                Ok(ExitCode::SUCCESS)
            }
            Verb::Migrate(migrate) => migrate.run(folder).await,
            Verb::Archive { old, remove, yes, json } => {
                archive(&old, &folder, remove, yes, json).await
            }
            Verb::Checkpoint => checkpoint(environment).await,
        }
    }
}

impl Migrate {
    async fn run(self, from: PathBuf) -> anyhow::Result<ExitCode> {
        let to = self.to;
        if !self.dry_run {
            for step in relocate::FIRST_STEPS {
                complain(format_args!("first: {step}"));
            }
            complain(format_args!("{} is copied to {}, and stays", from.display(), to.display()));
            if !confirmed(self.yes, "Go on?")? {
                complain("nothing was done");
                return Ok(ExitCode::FAILURE);
            }
        }
        let options = Options {
            dry_run: self.dry_run,
            force: self.force,
            promote_db: self.promote_db,
            rewrite_paths: self.rewrite_paths,
            env_file: self.env_file,
            look_in: self.look_in,
            archive_after_days: self.archive_after,
        };
        let spinner = ProgressBar::new_spinner();
        let tell = |entry: &Entry| spinner.set_message(entry.path.display().to_string());
        let report = relocate::migrate(&from, &to, &options, tell, Utc::now()).await;
        spinner.finish_and_clear();
        let report = report?;
        if self.json {
            say_json(&report)?;
        } else {
            show(&report);
        }
        let wrong = report.proof.as_ref().is_some_and(|proof| !proof.wrong.is_empty());
        Ok(if wrong { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

async fn archive(
    old: &Path,
    state: &Path,
    remove: bool,
    yes: bool,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let becomes = if remove { "is removed for good" } else { "gets another name beside its own" };
    complain(format_args!("{} {becomes}, if it is as it was copied", old.display()));
    if !confirmed(yes, "Go on?")? {
        complain("nothing was done");
        return Ok(ExitCode::FAILURE);
    }
    let done = relocate::archive(old, state, remove, Utc::now()).await?;
    if json {
        say_json(&done)?;
        return Ok(ExitCode::SUCCESS);
    }
    let bytes = done.inventory.size();
    match &done.to {
        Some(to) => say(format_args!("{} is {} now, {bytes} bytes", old.display(), to.display())),
        None => say(format_args!("{} is gone, {bytes} bytes", old.display())),
    }
    Ok(ExitCode::SUCCESS)
}

async fn checkpoint(environment: &Environment) -> anyhow::Result<ExitCode> {
    let mut is_held = false;
    for address in environment.addresses()? {
        let Some(file) = address.location.file().filter(|file| file.is_file()) else { continue };
        if let Some(holder) = holders(file).first() {
            complain(format_args!("{}: {holder} has it open, and sees to it", address.database));
            is_held = true;
        } else {
            put_log_away(file).await?;
            say(format_args!("{}: all of it is in its file", address.database));
        }
    }
    Ok(if is_held { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// A database in `db/`, or where the variables point.
fn candidate_line(candidate: &Candidate) -> String {
    let Candidate { path, size, rows, newest } = candidate;
    let rows = rows.map_or_else(|| "unreadable".to_owned(), |rows| format!("{rows} rows"));
    let newest = newest.map_or_else(
        || "no instant in it".to_owned(),
        |at| format!("the newest of {}", at.format("%Y-%m-%d %H:%M:%S UTC")),
    );
    format!("  {}: {size} bytes, {rows}, {newest}", path.display())
}

fn row(entry: &Entry) -> [String; 3] {
    let what = match &entry.content {
        Content::Database { database, revision, holders, .. } => {
            let name = database.as_deref().unwrap_or("SQLite");
            let at = revision.as_deref().unwrap_or("no revision of ours");
            let held = if holders.is_empty() { "" } else { ", open for writing" };
            format!("{name} at {at}{held}")
        }
        Content::Log => "log".to_owned(),
        Content::Folder => "folder".to_owned(),
        _ => "file".to_owned(),
    };
    [entry.size.to_string(), what, entry.path.display().to_string()]
}

fn show(report: &Report) {
    let would = if report.dry_run { "would be " } else { "" };
    let count = if report.dry_run { report.inventory.entries.len() } else { report.copied.len() };
    say(format_args!("{count} entries {would}copied"));
    if let Some(proof) = &report.proof {
        say(format_args!(
            "{} files of {} bytes compared, {} databases checked",
            proof.files,
            proof.bytes,
            proof.databases.len()
        ));
        for wrong in &proof.wrong {
            complain(format_args!("error: {wrong}"));
        }
    }
    for promotion in &report.promotions {
        let done = match &promotion.other {
            _ if promotion.done => "copied to where the variables point",
            None => "left where it is; --promote-db copies it to where the variables point",
            Some(_) => "left, for there is one where the variables point too; choose one of them",
        };
        say(format_args!("{} in db/: {done}", promotion.database));
        for candidate in iter::once(&promotion.found).chain(&promotion.other) {
            say(candidate_line(candidate));
        }
    }
    for line in &report.environment {
        say(format_args!("environment: {line}"));
    }
    for reference in &report.references {
        let (file, line) = (reference.file.display(), reference.line);
        say(format_args!("names the old directory: {file}:{line}: {}", reference.text));
    }
    for stored in &report.stored_paths {
        let (file, rows) = (stored.file.display(), stored.rows);
        say(format_args!(
            "stored paths: {rows} rows of {}.{} in {file}",
            stored.table, stored.column
        ));
    }
    for step in &report.next_steps {
        say(format_args!("next: {step}"));
    }
}
