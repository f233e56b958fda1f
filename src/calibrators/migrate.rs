//! `almanac calibrators migrate`: bandpass calibrators out of the old table in `products`.

use std::{
    iter,
    path::{Path, PathBuf},
    process::ExitCode,
};

use almanac_database::{Address, Environment, Location};
use almanac_migration::{Target, revisions, status, upgrade};
use almanac_service::{
    Sessions,
    access::Operation,
    calibrators::{
        Fate, OldCalibrators, Step, Verification, plan_for_nothing, plan_takeover,
        take_over_bandpass_calibrators, verify_takeover,
    },
};
use almanac_upkeep::{Untouched, backup::Tools, snapshot};
use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use clap::Args;
use serde_json::json;

use super::{
    journal,
    places::{Places, old_calibrators, refuse_no_room, refuse_same},
    report, work,
};
use crate::output::{complain, say_json};

/// The exit code where nothing could be begun.
const NOT_BEGUN: u8 = 2;

#[derive(Args)]
pub(super) struct Migrate {
    #[command(flatten)]
    places: Places,
    /// Only look, and say what would be done
    #[arg(long)]
    dry_run: bool,
    /// Where both databases are copied to before; `backups/<date>_<time>` in the state directory unless given
    #[arg(long, value_name = "DIR")]
    backup_dir: Option<PathBuf>,
    /// Do without
    #[arg(long, conflicts_with = "backup_dir")]
    no_backup: bool,
    /// Look for every row of the old table afterwards
    #[arg(long)]
    verify: bool,
}

#[derive(Args)]
pub(super) struct Verify {
    #[command(flatten)]
    places: Places,
}

/// What has been found before anything is written.
struct Outlook {
    products: Address,
    calibrators: Address,
    old: OldCalibrators,
    steps: Vec<Step>,
    /// Whether there is no database yet to write to.
    is_new: bool,
}

impl Outlook {
    fn is_done(&self) -> bool {
        !self.is_new && self.steps.iter().all(|step| step.fate == Fate::Present)
    }
}

impl Migrate {
    pub(super) async fn run(
        self,
        environment: &Environment,
        as_json: bool,
    ) -> anyhow::Result<ExitCode> {
        let now = Utc::now();
        let state = environment.state_dir().0;
        let backup = self.backup_dir.clone().unwrap_or_else(|| fresh_folder(&state, now));
        let outlook = match self.look(environment, &backup).await {
            Ok(outlook) => outlook,
            Err(error) => {
                complain(format_args!("error: {error:#}"));
                return Ok(ExitCode::from(NOT_BEGUN));
            }
        };
        let backup = (!self.no_backup && !outlook.is_done()).then_some(backup);
        let steps = if self.dry_run || outlook.is_done() {
            outlook.steps.clone()
        } else {
            outlook.carry_out(backup.as_deref(), now).await?
        };
        let mut report = report::of(&outlook.old, &steps);
        report["dry_run"] = json!(self.dry_run);
        report["products"] = json!(outlook.products.to_string());
        report["calibrators"] = json!(outlook.calibrators.to_string());
        report["backup"] = json!(backup.filter(|_| !self.dry_run));
        let mut is_well = outlook.old.faults.is_empty();
        if self.verify && !(self.dry_run && outlook.is_new) {
            let found = verification(&outlook.calibrators, &outlook.old).await?;
            is_well &= found.missing.is_empty();
            report["verification"] = report::of_verification(&found);
        }
        if !self.dry_run {
            journal::note(&state, now, &report)?;
        }
        if as_json {
            say_json(&report)?;
        } else {
            report::show(&report);
        }
        Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// Looks whether it can be done, and what that would be. Writes nothing.
    async fn look(&self, environment: &Environment, backup: &Path) -> anyhow::Result<Outlook> {
        let products = self.places.products(environment)?;
        let calibrators = self.places.calibrators(environment)?;
        refuse_same(&products, &calibrators)?;
        let old = old_calibrators(&products).await?;
        refuse_no_room(&products, &calibrators, (!self.no_backup).then_some(backup))?;
        let there = opened(&calibrators).await.context("--calibrators-db")?;
        let is_new = there.is_none();
        let steps = match there {
            None => plan_for_nothing(&old),
            Some(database) => {
                let steps = plan_takeover(database.connection(), &old).await;
                database.close().await?;
                steps?
            }
        };
        Ok(Outlook { products, calibrators, old, steps, is_new })
    }
}

/// A folder among the backups, named by the second, that is not there yet.
fn fresh_folder(state: &Path, now: DateTime<Utc>) -> PathBuf {
    let stamp = now.format("%Y%m%d_%H%M%S").to_string();
    let first = state.join("backups").join(&stamp);
    let others = (2..).map(|number| first.with_file_name(format!("{stamp}_{number}")));
    let mut folders = iter::once(first.clone()).chain(others);
    folders.find(|folder| !folder.exists()).unwrap_or(first)
}

/// The calibrators' database at its newest revision; none where there is no database yet.
async fn opened(calibrators: &Address) -> anyhow::Result<Option<Untouched>> {
    if calibrators.location.file().is_some_and(|file| !file.exists()) {
        return Ok(None);
    }
    let database = Untouched::open(calibrators).await?;
    let revisions = revisions(calibrators.database);
    let (known, applied) = (revisions.all(), revisions.names(database.connection()).await?);
    if applied.is_empty() {
        database.close().await?;
        // It refuses what something else made.
        status(calibrators).await?;
        return Ok(None);
    }
    if let Some(newer) = applied.iter().find(|name| !known.contains(name)) {
        bail!("{calibrators} is at {newer}, which a newer program made; use that one");
    }
    if let Some(pending) = known.iter().find(|name| !applied.contains(name)) {
        bail!(
            "{calibrators} lacks the revision {pending}; `almanac migrate upgrade --database calibrators` applies it"
        );
    }
    Ok(Some(database))
}

impl Outlook {
    /// Copies both databases, then takes the rows over.
    async fn carry_out(
        &self,
        backup: Option<&Path>,
        now: DateTime<Utc>,
    ) -> anyhow::Result<Vec<Step>> {
        let tools = Tools::default();
        if let Some(folder) = backup {
            let both = [self.products.clone(), self.calibrators.clone()];
            // A server's backup is the server's own business where nothing there is changed.
            let kept = both.iter().filter(|address| {
                address.database == self.calibrators.database
                    || matches!(address.location, Location::File(_))
            });
            let kept: Vec<Address> = kept.cloned().collect();
            snapshot::take(&kept, folder, &tools, now).await.context("--backup-dir")?;
        }
        upgrade(&self.calibrators, &Target::Head, |_| {}).await?;
        let sessions = Sessions::new(vec![self.calibrators.clone()]);
        let work = work(&sessions, Operation::RegisterBandpassCalibrator)?;
        let steps = take_over_bandpass_calibrators(&work, &self.old).await;
        match &steps {
            Ok(_) => work.commit().await?,
            Err(_) => work.undo().await,
        }
        sessions.reset().await;
        if let (Ok(_), Some(folder)) = (&steps, backup) {
            snapshot::note_outcome(folder, &self.calibrators).await?;
        }
        Ok(steps?)
    }
}

impl Verify {
    pub(super) async fn run(
        self,
        environment: &Environment,
        as_json: bool,
    ) -> anyhow::Result<ExitCode> {
        let calibrators = self.places.calibrators(environment)?;
        let looked = async {
            let old = old_calibrators(&self.places.products(environment)?).await?;
            verification(&calibrators, &old).await.context("--calibrators-db")
        };
        let found = match looked.await {
            Ok(found) => found,
            Err(error) => {
                complain(format_args!("error: {error:#}"));
                return Ok(ExitCode::from(NOT_BEGUN));
            }
        };
        let report = report::of_verification(&found);
        if as_json {
            say_json(&report)?;
        } else {
            report::show_verification(&report);
        }
        Ok(if found.missing.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

async fn verification(calibrators: &Address, old: &OldCalibrators) -> anyhow::Result<Verification> {
    let database = Untouched::open(calibrators).await?;
    let found = verify_takeover(database.connection(), old).await;
    database.close().await?;
    Ok(found?)
}
