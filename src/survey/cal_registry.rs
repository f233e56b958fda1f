//! Calibration tables: a set a night, whose bandpass is valid for a day and whose gains for an hour.

use almanac_entity::{
    Database,
    cal_registry::{
        CaltableStatus, CaltableType, FenceStatus, calibration_applied, calibration_fence, caltable,
    },
};
use anyhow::Result;
use rand::RngExt;
use sea_orm::ActiveValue::Set;
use serde_json::json;

use super::{
    UnixTime, World, Writer,
    products::UNFINISHED,
    random::{Draw, Random, Topic, stream},
    schedule::{Observation, beam_response, text},
    vla::CALIBRATORS,
};

const HOUR_S: f64 = 3_600.0;
const DAY_S: f64 = 24.0 * HOUR_S;
/// A set is valid from so long before its first observation.
const LEAD_S: f64 = 600.0;
/// The night whose first solve failed.
const FAILED_NIGHT: usize = 17;

/// The tables of one solve.
struct Solve<'a> {
    name: String,
    calibrator: &'static str,
    refant: &'static str,
    /// The measurement set of the calibrator.
    on: &'a Observation,
    start: UnixTime,
    random: Random,
    rows: Vec<caltable::ActiveModel>,
}

pub(super) async fn fill(writer: &mut Writer<'_>, world: &World) -> Result<()> {
    let nights: Vec<&[Observation]> = world.schedule.nights().collect();
    let total = nights.len() + 1;
    let transaction = writer.begin(Database::CalRegistry).await?;
    let others = others(world, &nights);
    writer.insert(&transaction, caltable::Entity, others).await?;
    let recent = (&world.schedule.recent[..], UNFINISHED.len());
    let runs = nights.into_iter().map(|night| (night, night.len())).chain([recent]);
    for (number, (run, converted)) in runs.enumerate() {
        let mut solve = Solve::new(world, number, "bp", run);
        solve.bandpass(&CaltableStatus::Active);
        solve.gains(run);
        let applied = applied(world, &solve, number, &run[..converted]);
        writer.insert(&transaction, caltable::Entity, solve.rows).await?;
        writer.insert(&transaction, calibration_applied::Entity, applied).await?;
        writer.report("calibration tables", number + 1, total);
    }
    writer.insert(&transaction, calibration_fence::Entity, fences(world)).await?;
    Ok(transaction.commit().await?)
}

impl<'a> Solve<'a> {
    /// The solve for a run of observations, on the calibrator that is in one of their fields.
    fn new(world: &World, number: usize, prefix: &str, run: &'a [Observation]) -> Self {
        let found = run.iter().find_map(|observation| {
            let in_field = CALIBRATORS.iter().find(|calibrator| {
                beam_response((calibrator.ra_deg, calibrator.dec_deg), observation.centre) > 0.3
            });
            in_field.map(|calibrator| (observation, calibrator.name))
        });
        let (on, calibrator) = found.unwrap_or((&run[0], CALIBRATORS[0].name));
        // Numbered by the day, though nights that begin around midnight may share their date.
        let day = world.schedule.first_mjd().floor() as usize + number;
        Self {
            name: format!("{prefix}_{}_{day}", calibrator.to_lowercase()),
            calibrator,
            refant: "pad103",
            on,
            start: UnixTime(run[0].start.0 - LEAD_S),
            random: stream(world.survey.seed, Topic::Calibration, number),
            rows: Vec::new(),
        }
    }

    /// Adds the delay and bandpass tables.
    fn bandpass(&mut self, status: &CaltableStatus) {
        let end = UnixTime(self.start.0 + DAY_S);
        let created = self.on.after(900.0);
        let kinds = [
            (CaltableType::K, 10, "kcal", 90.0),
            (CaltableType::Ba, 20, "bacal", 140.0),
            (CaltableType::Bp, 30, "bpcal", 120.0),
        ];
        for (kind, order, suffix, snr) in kinds {
            let window = (Some(self.start), Some(end));
            self.table(kind, order, suffix, window, created, snr, status.clone());
        }
    }

    /// Adds gain tables, a pair for every hour in which there are observations.
    fn gains(&mut self, run: &[Observation]) {
        for run in run.chunk_by(|a, b| a.pointing.0 == b.pointing.0) {
            let end = run[run.len() - 1].end().0;
            let mut start = run[0].start.0 - 60.0;
            while start < end {
                let window = (Some(UnixTime(start)), Some(UnixTime(start + HOUR_S)));
                let hour = text(UnixTime(start), "%H%M");
                let created = UnixTime(start + 500.0);
                let gains =
                    [(CaltableType::Ga, 40, "gacal", 42.0), (CaltableType::Gp, 50, "gpcal", 55.0)];
                for (kind, order, suffix, snr) in gains {
                    let suffix = format!("{hour}_{suffix}");
                    self.table(kind, order, &suffix, window, created, snr, CaltableStatus::Active);
                }
                start += HOUR_S;
            }
        }
    }

    fn table(
        &mut self,
        kind: CaltableType,
        order: i32,
        suffix: &str,
        (start, end): (Option<UnixTime>, Option<UnixTime>),
        created: UnixTime,
        snr: f64,
        status: CaltableStatus,
    ) {
        let failed = status == CaltableStatus::Failed;
        let flagged = match (failed, self.on.bad) {
            (true, _) => self.random.between(0.55, 0.8),
            (_, true) => self.random.between(0.15, 0.4),
            _ => self.random.between(0.01, 0.1),
        };
        let median = self.random.around(snr, 0.15) * if failed { 0.04 } else { 1.0 - flagged };
        let antennas = if failed { 8 } else { 96 - (flagged * 40.0) as i32 };
        let notes = match status {
            CaltableStatus::Retired => {
                Some(format!("Superseded by {}", self.name.replace("old_", "bp_")))
            }
            CaltableStatus::Failed => Some("Too few antennas have solutions.".to_owned()),
            _ => None,
        };
        let word = kind.as_str().to_owned();
        self.rows.push(caltable::ActiveModel {
            set_name: Set(self.name.clone()),
            path: Set(format!(
                "/data/dsa110-contimg/caltables/{}/{}_{suffix}",
                self.on.date(),
                self.name
            )),
            table_type: Set(kind),
            order_index: Set(order),
            valid_start_mjd: Set(start.map(UnixTime::mjd)),
            valid_end_mjd: Set(end.map(UnixTime::mjd)),
            created_at: Set(created),
            active: Set(Some(status == CaltableStatus::Active)),
            status: Set(status),
            cal_field: Set(Some(self.calibrator.to_owned())),
            refant: Set(Some(self.refant.to_owned())),
            notes: Set(notes),
            source_ms_path: Set(Some(self.on.ms_path())),
            solver_command: Set(Some(format!(
                "dsa110-cal solve --type {word} --refant {}",
                self.refant
            ))),
            solver_version: Set(Some("2.3.1".to_owned())),
            solver_params: Set(Some(
                json!({"solint": if order < 40 { "inf" } else { "60s" }, "minsnr": 3.0}).into(),
            )),
            quality_metrics: Set(Some(
                json!({
                    "snr_median": median,
                    "snr_min": median * 0.3,
                    "snr_mean": median * 1.05,
                    "flagged_fraction": flagged,
                    "n_antennas": antennas,
                    "n_solutions": antennas * 2 * 16,
                })
                .into(),
            )),
            ..Default::default()
        });
    }
}

/// Sets beside the nights' own: two that overlap with theirs on another antenna, one retired, one
/// failed, and two whose windows are open at one end.
fn others(world: &World, nights: &[&[Observation]]) -> Vec<caltable::ActiveModel> {
    let mut rows = Vec::new();
    let mut add = |night: usize, prefix: &str, change: &dyn Fn(&mut Solve<'_>)| {
        let night = night.min(nights.len() - 1);
        let mut solve = Solve::new(world, night, prefix, nights[night]);
        change(&mut solve);
        rows.append(&mut solve.rows);
    };
    let other = |solve: &mut Solve<'_>| {
        solve.refant = "pad24";
        solve.calibrator = "3C48";
        let day = solve.name.rsplit('_').next().unwrap_or_default();
        solve.name = format!("alt_3c48_{day}");
        // Older than the night's own, which therefore wins.
        solve.start = UnixTime(solve.start.0 - 6.0 * HOUR_S);
        solve.bandpass(&CaltableStatus::Active);
        for row in &mut solve.rows {
            row.created_at = Set(UnixTime(solve.start.0 + HOUR_S));
        }
    };
    add(3, "alt", &other);
    add(12, "alt", &other);
    add(5, "old", &|solve| solve.bandpass(&CaltableStatus::Retired));
    add(FAILED_NIGHT, "try", &|solve| solve.bandpass(&CaltableStatus::Failed));
    let before = UnixTime(nights[0][0].start.0 - 2.0 * DAY_S);
    add(0, "flux", &|solve| {
        let window = (Some(before), None);
        solve.table(
            CaltableType::Flux,
            70,
            "fluxcal",
            window,
            before,
            80.0,
            CaltableStatus::Active,
        );
    });
    add(0, "commissioning", &|solve| {
        let window = (None, Some(before));
        solve.table(CaltableType::K, 10, "kcal", window, before, 60.0, CaltableStatus::Active);
    });
    rows
}

/// The tables of a solve that were applied to each measurement set: those valid at its middle.
fn applied(
    world: &World,
    solve: &Solve<'_>,
    number: usize,
    run: &[Observation],
) -> Vec<calibration_applied::ActiveModel> {
    let mut random = stream(world.survey.seed, Topic::Calibration, 1 << 32 | number);
    let mut rows = Vec::new();
    for observation in run {
        let mid = observation.mid().mjd();
        let valid = solve.rows.iter().filter(|row| {
            row.valid_start_mjd.as_ref().is_none_or(|start| start <= mid)
                && row.valid_end_mjd.as_ref().is_none_or(|end| mid <= end)
        });
        for row in valid {
            let success = !random.random_bool(0.005);
            let quality = random.between(0.82, 0.99) * if observation.bad { 0.8 } else { 1.0 };
            rows.push(calibration_applied::ActiveModel {
                ms_path: Set(observation.ms_path()),
                caltable_path: Set(row.path.as_ref().clone()),
                applied_at: Set(observation.after(1_150.0)),
                quality: Set(success.then_some(quality)),
                success: Set(Some(success)),
                error_message: Set(
                    (!success).then(|| "the table was locked; applied again".to_owned())
                ),
                ..Default::default()
            });
        }
    }
    rows
}

/// The fences of the last nights, and the one that stands now.
fn fences(world: &World) -> Vec<calibration_fence::ActiveModel> {
    let nights: Vec<&[Observation]> = world.schedule.nights().collect();
    let mut rows: Vec<_> = nights
        .iter()
        .enumerate()
        .map(|(number, night)| {
            // The night whose first solve failed was solved again.
            let failed = number == FAILED_NIGHT;
            let solve = Solve::new(world, number, if failed { "try" } else { "bp" }, night);
            calibration_fence::ActiveModel {
                calibrator_ms: Set(solve.on.ms_path()),
                started_at: Set(solve.on.after(600.0)),
                completed_at: Set(Some(solve.on.after(880.0))),
                status: Set(if failed { FenceStatus::Failed } else { FenceStatus::Completed }),
                set_name: Set(Some(solve.name)),
                ..Default::default()
            }
        })
        .collect();
    let last = &world.schedule.recent[UNFINISHED.len() - 1];
    rows.push(calibration_fence::ActiveModel {
        calibrator_ms: Set(last.ms_path()),
        started_at: Set(UnixTime(world.survey.now.0 - 90.0)),
        completed_at: Set(None),
        status: Set(FenceStatus::InProgress),
        set_name: Set(None),
        ..Default::default()
    });
    rows
}
