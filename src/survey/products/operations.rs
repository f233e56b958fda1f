//! What operating the telescope leaves behind: pointings, transits, states, failures, places.

use almanac_entity::products::{
    DeadLetterStatus, ProcessingState, StorageStatus, calibrator_transit, dead_letter, hdf5_file,
    ms_state, ms_state_transition, pointing, storage_location,
};
use almanac_service::Transaction;
use anyhow::Result;
use sea_orm::ActiveValue::Set;
use serde_json::json;

use super::{
    super::{
        UnixTime, World, Writer, scaled,
        schedule::{Observation, beam_response, culmination, text},
        sky::{SIDEREAL_DAY_S, meridian_deg, sidereal_deg},
        vla::CALIBRATORS,
    },
    imaged_at,
};

/// From one pointing to the next, seconds.
const POINTING_S: f64 = 1_800.0;
/// Calibrators whose transits are computed.
const TRANSITING: usize = 12;
/// Observation groups in the old copy of the index of raw files.
const COPIED: usize = 10;
/// The states that a measurement set passes, and when, seconds after the start of its observation.
const COURSE: [(ProcessingState, f64); 8] = [
    (ProcessingState::Pending, 330.0),
    (ProcessingState::Converting, 340.0),
    (ProcessingState::Converted, 455.0),
    (ProcessingState::FlaggingRfi, 470.0),
    (ProcessingState::SolvingCal, 600.0),
    (ProcessingState::ApplyingCal, 980.0),
    (ProcessingState::Imaging, 1_210.0),
    (ProcessingState::Done, 1_640.0),
];

pub(super) async fn fill(
    writer: &mut Writer<'_>,
    transaction: &Transaction,
    world: &World,
) -> Result<()> {
    writer.insert(transaction, pointing::Entity, pointings(world)).await?;
    writer.insert(transaction, calibrator_transit::Entity, transits(world)).await?;
    states(writer, transaction, world).await?;
    writer.insert(transaction, dead_letter::Entity, dead_letters(world)).await?;
    writer.insert(transaction, storage_location::Entity, places(world)).await?;
    writer.insert(transaction, hdf5_file::Entity, copied(world)).await
}

/// Where the telescope pointed: at the strip that passes, else at the northern declination.
fn pointings(world: &World) -> impl Iterator<Item = pointing::ActiveModel> {
    let schedule = &world.schedule;
    let first = schedule.imaged[0].start.0 - 3_600.0;
    let count = ((world.survey.now.0 - first) / POINTING_S) as usize;
    let mut observations = schedule.imaged.iter().peekable();
    (0..=count).map(move |number| {
        let at = UnixTime(first + POINTING_S * number as f64);
        // The observation that is next to end; between two runs the telescope is on its way to it.
        while observations.next_if(|observation| observation.end().0 < at.0).is_some() {}
        let next = observations.peek().filter(|observation| observation.start.0 - at.0 < 3_600.0);
        let dec = next.map_or(schedule.strips[0].dec_deg, |observation| observation.centre.1);
        let (altitude, azimuth) = meridian_deg(dec);
        pointing::ActiveModel {
            timestamp: Set(at),
            mjd: Set(Some(at.mjd())),
            ra_deg: Set(sidereal_deg(at)),
            dec_deg: Set(dec),
            alt_deg: Set(Some(altitude)),
            az_deg: Set(Some(azimuth)),
            lst_hours: Set(Some(sidereal_deg(at) / 15.0)),
            field_name: Set(next.map(|observation| observation.field_name())),
            healpix: sea_orm::NotSet,
        }
    })
}

/// Every transit of some calibrators, and the observation that caught it.
fn transits(world: &World) -> Vec<calibrator_transit::ActiveModel> {
    let schedule = &world.schedule;
    let mut rows = Vec::new();
    for calibrator in &CALIBRATORS[..TRANSITING] {
        let position = (calibrator.ra_deg, calibrator.dec_deg);
        let last = culmination(UnixTime(world.survey.now.0 - 60.0), calibrator.ra_deg);
        for night in 0..schedule.nights {
            let at = UnixTime(last.0 - night as f64 * SIDEREAL_DAY_S);
            let away = |observation: &&Observation| (observation.mid().0 - at.0).abs();
            let nearest = schedule.imaged.iter().min_by(|a, b| away(a).total_cmp(&away(b)));
            let caught =
                nearest.filter(|observation| beam_response(position, observation.centre) > 0.3);
            let dec_match = schedule
                .strips
                .iter()
                .any(|strip| (strip.dec_deg - calibrator.dec_deg).abs() < 1.75);
            rows.push(calibrator_transit::ActiveModel {
                calibrator_name: Set(calibrator.name.to_owned()),
                transit_mjd: Set(at.mjd()),
                transit_iso: Set(text(at, "%Y-%m-%dT%H:%M:%S%.3f")),
                has_data: Set(caught.is_some()),
                group_id: Set(caught.map(Observation::group_id)),
                group_mid_iso: Set(caught.map(|caught| text(caught.mid(), "%Y-%m-%dT%H:%M:%S%.3f"))),
                delta_minutes: Set(caught.map(|caught| (caught.mid().0 - at.0) / 60.0)),
                pb_response: Set(caught.map(|caught| beam_response(position, caught.centre))),
                dec_match: Set(dec_match),
                calculated_at: Set(UnixTime(at.0 - 3_600.0)),
                updated_at: Set(UnixTime(at.0 + 30.0)),
            });
        }
    }
    rows
}

/// The state machine: every image's measurement set is done, the last ones are on their way.
async fn states(writer: &mut Writer<'_>, transaction: &Transaction, world: &World) -> Result<()> {
    let recent = world.schedule.recent.iter().take(super::UNFINISHED.len());
    let under_way = recent.map(|observation| match observation.index {
        0 => (observation, 7, true),
        1 => (observation, 7, false),
        2 => (observation, 6, false),
        3 => (observation, 3, false),
        _ => (observation, 2, false),
    });
    let done = world.schedule.imaged.iter().map(|observation| (observation, COURSE.len(), false));
    let all: Vec<_> = done.chain(under_way).collect();
    for chunk in all.chunks(500) {
        let rows =
            chunk.iter().map(|(observation, passed, failed)| state(observation, *passed, *failed));
        writer.insert(transaction, ms_state::Entity, rows).await?;
        let steps = chunk
            .iter()
            .flat_map(|(observation, passed, failed)| steps(observation, *passed, *failed));
        writer.insert(transaction, ms_state_transition::Entity, steps).await?;
    }
    Ok(())
}

const DIVERGED: &str = "the residuals diverge after 12,000 iterations";

fn state(observation: &Observation, passed: usize, failed: bool) -> ms_state::ActiveModel {
    let (current, previous) = if failed {
        (ProcessingState::Failed, passed)
    } else {
        (COURSE[passed - 1].0.clone(), passed - 1)
    };
    let at = COURSE[passed - 1].1 + if failed { 95.0 } else { 0.0 };
    ms_state::ActiveModel {
        ms_path: Set(observation.ms_path()),
        previous_state: Set(Some(COURSE[previous - 1].0.clone())),
        transition_time: Set(observation.after(at)),
        retry_count: Set(Some(i32::from(failed))),
        error_message: Set(failed.then(|| DIVERGED.to_owned())),
        checkpoint_data: Set(
            failed.then(|| json!({"stage": "imaging", "iterations": 12_000}).into())
        ),
        created_at: Set(observation.after(COURSE[0].1)),
        current_state: Set(current),
    }
}

fn steps(
    observation: &Observation,
    passed: usize,
    failed: bool,
) -> impl Iterator<Item = ms_state_transition::ActiveModel> {
    let step =
        |from: &ProcessingState, to: ProcessingState, at: f64| ms_state_transition::ActiveModel {
            ms_path: Set(observation.ms_path()),
            from_state: Set(from.clone()),
            success: Set(to != ProcessingState::Failed),
            error_message: Set((to == ProcessingState::Failed).then(|| DIVERGED.to_owned())),
            to_state: Set(to),
            timestamp: Set(observation.after(at)),
            ..Default::default()
        };
    let course =
        COURSE[..passed].windows(2).map(move |pair| step(&pair[0].0, pair[1].0.clone(), pair[1].1));
    let (state, at) = &COURSE[passed - 1];
    course.chain(failed.then(|| step(state, ProcessingState::Failed, at + 95.0)))
}

fn dead_letters(world: &World) -> Vec<dead_letter::ActiveModel> {
    let cases = [
        (
            "converter",
            "convert_group",
            "OSError",
            "truncated file: 3 of 24 fields",
            DeadLetterStatus::Resolved,
        ),
        (
            "converter",
            "convert_group",
            "TimeoutError",
            "no answer from storage within 120 s",
            DeadLetterStatus::Resolved,
        ),
        (
            "calibration",
            "solve_bandpass",
            "SolveError",
            "fewer than 10 antennas with solutions",
            DeadLetterStatus::Failed,
        ),
        ("imaging", "clean", "DivergenceError", DIVERGED, DeadLetterStatus::Pending),
        (
            "photometry",
            "measure_image",
            "FileNotFoundError",
            "the image is gone",
            DeadLetterStatus::Pending,
        ),
        (
            "publisher",
            "move_product",
            "OSError",
            "no space left on device",
            DeadLetterStatus::Retrying,
        ),
    ];
    let observations = &world.schedule.imaged;
    let count = scaled(cases.len(), world.survey.scale, cases.len()).min(observations.len());
    (0..count)
        .map(|number| {
            let (component, operation, error, message, status) =
                cases[number % cases.len()].clone();
            let observation = &observations[(number + 1) * observations.len() / (count + 1)];
            let at = imaged_at(observation);
            let settled = matches!(status, DeadLetterStatus::Resolved | DeadLetterStatus::Failed);
            dead_letter::ActiveModel {
                component: Set(component.to_owned()),
                operation: Set(operation.to_owned()),
                error_type: Set(error.to_owned()),
                error_message: Set(Some(message.to_owned())),
                context_json: Set(Some(json!({"ms_path": observation.ms_path()}).into())),
                created_at: Set(at),
                retry_count: Set(Some(if settled { 2 } else { 0 })),
                resolved_at: Set(settled.then_some(UnixTime(at.0 + 5_000.0))),
                resolution_note: Set(settled.then(|| match status {
                    DeadLetterStatus::Resolved => "ran again by hand".to_owned(),
                    _ => "given up: the calibrator is lost".to_owned(),
                })),
                status: Set(Some(status)),
                ..Default::default()
            }
        })
        .collect()
}

fn places(world: &World) -> impl Iterator<Item = storage_location::ActiveModel> {
    let places = [
        ("ms_files", "/data/dsa110-contimg/ms", "Measurement sets"),
        ("calibration_tables", "/data/dsa110-contimg/caltables", "Calibration tables"),
        ("images", "/data/dsa110-contimg/images", "Images"),
        ("mosaics", "/data/dsa110-contimg/mosaics", "Mosaics"),
        ("hdf5_incoming", "/data/incoming", "Raw subband files; never deleted automatically"),
        ("hdf5_staging", "/stage/dsa110-contimg/hdf5", "Raw subband files at work"),
        ("products_db", "/data/dsa110-contimg/state/products.sqlite3", "The products database"),
        (
            "registry_db",
            "/data/dsa110-contimg/state/cal_registry.sqlite3",
            "The calibration registry",
        ),
        ("images", "/stage/dsa110-contimg/images", "Images, before they moved"),
    ];
    let registered = UnixTime(world.schedule.imaged[0].start.0 - 86_400.0);
    places.into_iter().enumerate().map(move |(number, (kind, path, description))| {
        let old = number == 8;
        storage_location::ActiveModel {
            location_type: Set(kind.to_owned()),
            base_path: Set(path.to_owned()),
            description: Set(Some(description.to_owned())),
            registered_at: Set(registered),
            status: Set(Some(if old { StorageStatus::Inactive } else { StorageStatus::Active })),
            notes: Set(old.then(|| "moved to /data/dsa110-contimg/images".to_owned())),
            ..Default::default()
        }
    })
}

/// The index's old copy in this database, which nobody brings up to date any more.
fn copied(world: &World) -> impl Iterator<Item = hdf5_file::ActiveModel> {
    let seed = world.survey.seed;
    world.schedule.imaged.iter().take(COPIED).flat_map(move |observation| {
        observation.subbands(seed, 16).into_iter().map(|subband| hdf5_file::ActiveModel {
            path: Set(subband.path),
            filename: Set(subband.name),
            group_id: Set(text(subband.start, "%Y-%m-%dT%H:%M:%S")),
            subband_code: Set(format!("sb{:02}", subband.index)),
            timestamp_iso: Set(Some(text(subband.start, "%Y-%m-%dT%H:%M:%S"))),
            timestamp_mjd: Set(Some(subband.start.mjd())),
            file_size_bytes: Set(Some(subband.bytes)),
            modified_time: Set(Some(UnixTime(subband.start.0 + 312.0))),
            indexed_at: Set(UnixTime(subband.start.0 + 330.0)),
            stored: Set(Some(false)),
        })
    })
}
