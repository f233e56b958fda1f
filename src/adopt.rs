//! `almanac adopt`: taking over files of the Python pipeline.

use std::{path::PathBuf, process::ExitCode, time::Duration};

use almanac_adopt::{Error, Options, Outcome, Report, adopt};
use almanac_database::Environment;
use anyhow::bail;
use chrono::Utc;
use clap::Args;
use indicatif::ProgressBar;

use crate::{
    confirm::confirmed,
    inspect::{File, Place, of_all},
    output::{complain, say, say_json},
};

/// As long as it takes, within what SQLite can be told.
const FOREVER: Duration = Duration::from_hours(24 * 14);

#[derive(Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(crate) struct Adopt {
    #[command(flatten)]
    file: File,
    /// The files of all databases that there are
    #[arg(long, conflicts_with = "file")]
    all: bool,
    /// Make tables anew where nothing else helps; their old rows stay in a table of their own
    #[arg(long)]
    reshape: bool,
    /// Make no backup
    #[arg(long)]
    no_backup: bool,
    /// Wait for other programs that write, as long as it takes
    #[arg(long)]
    force: bool,
    /// How long to wait for other programs that write
    #[arg(long, value_name = "SECONDS", default_value_t = 30, conflicts_with = "force")]
    wait: u64,
    /// Only say what would be done
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Where reports go; `adoptions` in the state directory unless given
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Adopt {
    pub(crate) async fn run(self, environment: &Environment) -> anyhow::Result<ExitCode> {
        let places = self.places(environment)?;
        if !self.dry_run && !self.agreed(&places)? {
            complain("nothing was done");
            return Ok(ExitCode::FAILURE);
        }
        let (folder, _) = environment.state_dir();
        let reports = self.report.clone().unwrap_or_else(|| folder.join("adoptions"));
        let mut failed = false;
        let mut done = Vec::new();
        for place in places {
            match self.one(&place, folder.join("backups")).await {
                Ok(report) => {
                    failed |= report.outcome == Outcome::NeedsReshape;
                    if report.outcome == Outcome::Adopted {
                        report.write(&reports, Utc::now())?;
                    }
                    if !self.json {
                        report.lines().iter().for_each(say);
                    }
                    done.push(report);
                }
                Err(error) => {
                    failed = true;
                    complain(format_args!("error: {error}"));
                }
            }
        }
        match (self.json, self.all, done.as_slice()) {
            (true, false, [only]) => say_json(only)?,
            (true, true, all) => say_json(&all)?,
            _ => {}
        }
        Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    /// The file that is meant, or all that there are.
    fn places(&self, environment: &Environment) -> anyhow::Result<Vec<Place>> {
        if self.all {
            let places = of_all(environment)?;
            return Ok(places.into_iter().filter(|place| place.file.exists()).collect());
        }
        let places = self.file.places(environment)?;
        if places.len() > 1 {
            bail!("say which: a FILE, --database NAME, or --all");
        }
        Ok(places)
    }

    fn agreed(&self, places: &[Place]) -> anyhow::Result<bool> {
        for place in places {
            complain(format_args!("to be taken over: {}", place.file.display()));
        }
        confirmed(self.yes, "Go on?")
    }

    async fn one(&self, place: &Place, backups: PathBuf) -> Result<Report, Error> {
        let options = Options {
            reshape: self.reshape,
            backups: (!self.no_backup).then_some(backups),
            wait: if self.force { FOREVER } else { Duration::from_secs(self.wait) },
            dry_run: self.dry_run,
            now: Utc::now(),
        };
        // On standard error; indicatif hides it where that is no terminal.
        let spinner = ProgressBar::new_spinner();
        spinner.enable_steady_tick(Duration::from_millis(200));
        let tell = |step: &str| spinner.set_message(step.to_owned());
        let report = adopt(&place.file, place.database, &options, tell).await;
        spinner.finish_and_clear();
        report
    }
}
