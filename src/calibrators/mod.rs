//! `almanac calibrators`: bandpass calibrators, the VLA's list, transits.

mod journal;
mod migrate;
mod places;
mod report;
mod rollback;

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use almanac_database::{Database, Environment};
use almanac_entity::{
    UnixTime,
    calibrators::{
        CalibratorStatus, bandpass_calibrator, bandpass_calibrator_history, vla_calibrator,
    },
};
use almanac_service::{
    Filter, Repository, Sessions, Work,
    access::{Operation, Principal, Role},
    calibrators::{NewBandpassCalibrator, TRANSIT_DAYS, VlaFault, recompute_transits},
};
use anyhow::Context;
use clap::{Args, Subcommand};
use serde_json::{Value as Json, json};

use crate::output::{complain, say, say_json, say_table};

/// Lines of a list that are printed; the others are only counted.
const PRINTED: usize = 20;

#[derive(Args)]
pub(crate) struct Calibrators {
    #[command(subcommand)]
    verb: Verb,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Verb {
    /// Register a bandpass calibrator, or register it anew
    Register(Register),
    /// List the bandpass calibrators in use
    List {
        /// Only those used at this declination, degrees
        #[arg(long, allow_negative_numbers = true)]
        dec: Option<f64>,
        /// Also those that are not in use
        #[arg(long)]
        all: bool,
    },
    /// Count the bandpass calibrators and their past registrations
    Count,
    /// Take bandpass calibrators over from the old table in `products`
    Migrate(migrate::Migrate),
    /// Look for every row of the old table among the calibrators and their past registrations
    Verify(migrate::Verify),
    /// Put the databases back as they were before they were taken over
    Rollback(rollback::Rollback),
    /// Take over the VLA calibrator list, in NRAO's own layout
    ImportVla {
        /// The list
        file: PathBuf,
    },
    /// Compute the transits of the calibrators in use, and which observation groups caught them
    Transits {
        /// How far back, days
        #[arg(long, default_value_t = TRANSIT_DAYS)]
        days: f64,
    },
}

#[derive(Args)]
struct Register {
    /// Its name
    name: String,
    /// Right ascension, degrees
    ra_deg: f64,
    /// Declination, degrees
    #[arg(allow_negative_numbers = true)]
    dec_deg: f64,
    /// Lowest declination for which it is used, degrees; open unless said
    #[arg(long, allow_negative_numbers = true)]
    dec_min: Option<f64>,
    /// Highest declination for which it is used, degrees; open unless said
    #[arg(long, allow_negative_numbers = true)]
    dec_max: Option<f64>,
    /// Take every other calibrator out of use whose range meets the declinations up to so many degrees
    /// around its own, which become its range
    #[arg(long, value_name = "DEGREES", conflicts_with_all = ["dec_min", "dec_max"])]
    supersede: Option<f64>,
    /// Flux density, Jy
    #[arg(long)]
    flux_jy: Option<f64>,
    /// Catalogue it comes from
    #[arg(long)]
    catalog: Option<String>,
    /// Who or what registers it
    #[arg(long)]
    by: Option<String>,
    /// Remarks
    #[arg(long)]
    notes: Option<String>,
}

impl Calibrators {
    pub(crate) async fn run(self, environment: &Environment) -> anyhow::Result<ExitCode> {
        let sessions = Sessions::from_environment(environment)?;
        match self.verb {
            Verb::Count => count(&sessions, self.json).await,
            Verb::Migrate(migrate) => migrate.run(environment, self.json).await,
            Verb::Verify(verify) => verify.run(environment, self.json).await,
            Verb::Rollback(rollback) => rollback.run(environment, self.json).await,
            Verb::Register(register) => register.run(&sessions, self.json).await,
            Verb::List { dec, all } => list(&sessions, dec, all, self.json).await,
            Verb::ImportVla { file } => import(&sessions, &file, self.json).await,
            Verb::Transits { days } => transits(&sessions, days, self.json).await,
        }
    }
}

/// Work of whoever runs the command.
pub(crate) fn work(sessions: &Sessions, operation: Operation) -> anyhow::Result<Work> {
    let name = std::env::var("USER").unwrap_or_else(|_| "somebody".to_owned());
    let principal = Principal::new(format!("{name} (command)"), Role::Admin);
    let now = UnixTime::from(chrono::Utc::now());
    Ok(sessions.work(Some(&principal), operation, None, now)?)
}

impl Register {
    async fn run(self, sessions: &Sessions, as_json: bool) -> anyhow::Result<ExitCode> {
        let operation = match self.supersede {
            Some(_) => Operation::SupersedeBandpassCalibrator,
            None => Operation::RegisterBandpassCalibrator,
        };
        let work = work(sessions, operation)?;
        let new = NewBandpassCalibrator {
            dec_range_min: self.dec_min,
            dec_range_max: self.dec_max,
            source_catalog: self.catalog,
            flux_jy: self.flux_jy,
            registered_by: self.by.or_else(|| Some(work.principal().name.clone())),
            notes: self.notes,
            ..NewBandpassCalibrator::new(self.name, self.ra_deg, self.dec_deg)
        };
        let table = work.table::<bandpass_calibrator::Entity>().await?;
        let (calibrator, replaced) = match self.supersede {
            None => (table.register_bandpass_calibrator(new, work.now()).await?, Vec::new()),
            Some(tolerance) => {
                let done = table.supersede_bandpass_calibrator(new, tolerance, work.now()).await?;
                let calibrators = Some(vec![done.calibrator.clone()]);
                recompute_transits(&work, calibrators, TRANSIT_DAYS).await?;
                (done.calibrator, done.replaced)
            }
        };
        work.commit().await?;
        if as_json {
            let replaced: Vec<_> = replaced.iter().map(calibrator_json).collect();
            say_json(&json!({"calibrator": calibrator_json(&calibrator), "replaced": replaced}))?;
        } else {
            print(&[calibrator]);
            for other in replaced {
                say(format_args!("{} is not in use any more", other.calibrator_name));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn list(
    sessions: &Sessions,
    dec_deg: Option<f64>,
    all: bool,
    as_json: bool,
) -> anyhow::Result<ExitCode> {
    let reader = sessions.reader(Database::Calibrators).await?;
    let table = Repository::<_, bandpass_calibrator::Entity>::new(&reader);
    let status = (!all).then_some(&CalibratorStatus::Active);
    let found = table.bandpass_calibrators(dec_deg, status).await?;
    if as_json {
        say_json(&found.iter().map(calibrator_json).collect::<Vec<_>>())?;
    } else {
        print(&found);
    }
    Ok(ExitCode::SUCCESS)
}

async fn count(sessions: &Sessions, as_json: bool) -> anyhow::Result<ExitCode> {
    let reader = sessions.reader(Database::Calibrators).await?;
    let table = Repository::<_, bandpass_calibrator::Entity>::new(&reader);
    let all = table.count(&Filter::default()).await?;
    let status = bandpass_calibrator::Column::Status;
    let active = table.count(&Filter::eq(status, CalibratorStatus::Active)).await?;
    let past = table.on::<bandpass_calibrator_history::Entity>().count(&Filter::default()).await?;
    if as_json {
        say_json(&json!({ "calibrators": all, "active": active, "past": past }))?;
    } else {
        say(format_args!("{all} calibrators, {active} of them in use; {past} past registrations"));
    }
    Ok(ExitCode::SUCCESS)
}

fn calibrator_json(row: &bandpass_calibrator::Model) -> Json {
    json!({
        "id": row.id,
        "calibrator_name": row.calibrator_name,
        "ra_deg": row.ra_deg,
        "dec_deg": row.dec_deg,
        "dec_range_min": row.dec_range_min,
        "dec_range_max": row.dec_range_max,
        "source_catalog": row.source_catalog,
        "flux_jy": row.flux_jy,
        "registered_at": row.registered_at.0,
        "registered_by": row.registered_by,
        "status": row.status.as_ref().map(CalibratorStatus::as_str),
        "notes": row.notes,
    })
}

fn print(calibrators: &[bandpass_calibrator::Model]) {
    let bound = |bound: Option<f64>| bound.map_or_else(|| "open".to_owned(), |dec| dec.to_string());
    let rows: Vec<_> = calibrators
        .iter()
        .map(|row| {
            [
                row.calibrator_name.clone(),
                format!("{:.4}", row.ra_deg),
                format!("{:.4}", row.dec_deg),
                bound(row.dec_range_min),
                bound(row.dec_range_max),
                row.flux_jy.map_or_else(|| "-".to_owned(), |flux| flux.to_string()),
                row.status.as_ref().map_or("-", CalibratorStatus::as_str).to_owned(),
            ]
        })
        .collect();
    say_table(["NAME", "RA_DEG", "DEC_DEG", "DEC_MIN", "DEC_MAX", "FLUX_JY", "STATUS"], &rows);
}

async fn import(sessions: &Sessions, file: &Path, as_json: bool) -> anyhow::Result<ExitCode> {
    let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let work = work(sessions, Operation::ImportVlaCalibrators)?;
    let table = work.table::<vla_calibrator::Entity>().await?;
    let import = table.import_vla(&text, work.now()).await?;
    work.commit().await?;
    let nothing = import.entries == 0;
    if as_json {
        let lines = |faults: &[VlaFault]| -> Vec<Json> {
            let line = |fault: &VlaFault| json!({"line": fault.line, "message": fault.message});
            faults.iter().map(line).collect()
        };
        say_json(&json!({
            "entries": import.entries,
            "inserted": import.inserted,
            "updated": import.updated,
            "unchanged": import.unchanged,
            "fluxes_inserted": import.fluxes_inserted,
            "fluxes_updated": import.fluxes_updated,
            "fluxes_unchanged": import.fluxes_unchanged,
            "fluxes_unknown": import.fluxes_unknown,
            "faults": lines(&import.faults),
            "notices": lines(&import.notices),
        }))?;
    } else {
        for VlaFault { line, message } in import.faults.iter().chain(&import.notices).take(PRINTED)
        {
            complain(format_args!("{}:{line}: {message}", file.display()));
        }
        let more = (import.faults.len() + import.notices.len()).saturating_sub(PRINTED);
        if more > 0 {
            complain(format_args!("and {more} more"));
        }
        say(format_args!(
            "{} entries: {} calibrators are new, {} have changed, {} are as they were; {} flux densities are new, {} have changed, {} are as they were, {} are unknown",
            import.entries,
            import.inserted,
            import.updated,
            import.unchanged,
            import.fluxes_inserted,
            import.fluxes_updated,
            import.fluxes_unchanged,
            import.fluxes_unknown
        ));
    }
    Ok(if nothing { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn transits(sessions: &Sessions, days: f64, as_json: bool) -> anyhow::Result<ExitCode> {
    let work = work(sessions, Operation::RecomputeTransits)?;
    let report = recompute_transits(&work, None, days).await?;
    work.commit().await?;
    if as_json {
        say_json(&json!({
            "calibrators": report.calibrators,
            "transits": report.transits,
            "inserted": report.inserted,
            "with_data": report.with_data,
            "removed": report.removed,
        }))?;
    } else {
        say(format_args!(
            "{} transits of {} calibrators: {} are new, {} were caught",
            report.transits, report.calibrators, report.inserted, report.with_data
        ));
    }
    Ok(ExitCode::SUCCESS)
}
