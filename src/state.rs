//! `almanac state`: what is in the state directory, and moving it.

use std::{path::PathBuf, process::ExitCode};

use almanac_database::Environment;
use almanac_upkeep::relocate::{self, Content, Entry, Options, Report};
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
        }
    }
}

impl Migrate {
    async fn run(self, from: PathBuf) -> anyhow::Result<ExitCode> {
        let to = self.to;
        if !self.dry_run {
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
        let done =
            if promotion.done { "copied to where the variables point" } else { "left where it is" };
        say(format_args!("{} in db/: {done}", promotion.database));
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
