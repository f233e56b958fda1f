//! One night of the optical pipeline: exposures of ZTF, differences, candidates, and what became of them.

mod jobs;
mod review;

use almanac_entity::{
    Database,
    astrid::{
        CandidateStatus, DifferenceRunStatus, ObservationStatus, PreprocessRunStatus, candidate,
        difference_run, observation, preprocess_run, survey,
    },
};
use almanac_service::{Filter, PageRequest, Repository};
use anyhow::{Context, Result};
use rand::RngExt;
use sea_orm::{
    ActiveValue::Set,
    prelude::{DateTimeUtc, Decimal, Uuid},
};
use serde_json::json;

use super::{
    UnixTime, World, Writer,
    random::{Draw, Random, Topic, stream},
    scaled,
    schedule::text,
};

/// Exposure, seconds.
const EXPOSURE_S: f64 = 30.0;
/// From one exposure to the next, seconds.
const CADENCE_S: f64 = 45.0;
/// Size of an image, pixels, and of a pixel, arcseconds.
const IMAGE: (i32, i32, f64) = (3_072, 3_080, 1.012);
/// Filters and the names ZTF gives their exposures.
const FILTERS: [&str; 3] = ["zg", "zr", "zi"];

/// An exposure on its way through the pipeline.
struct Exposure {
    id: Uuid,
    taken: UnixTime,
    status: ObservationStatus,
    filter: &'static str,
    centre: (f64, f64),
    preprocess_run: Option<Uuid>,
    difference_run: Option<Uuid>,
    candidates: Vec<Found>,
}

/// A candidate.
#[derive(Clone)]
struct Found {
    id: Uuid,
    position: (f64, f64),
    pixel: (i32, i32),
    snr: f64,
    status: CandidateStatus,
}

pub(super) async fn fill(writer: &mut Writer<'_>, world: &World) -> Result<()> {
    let transaction = writer.begin(Database::Astrid).await?;
    let ztf = Filter::<survey::Entity>::eq(survey::Column::Name, "ZTF");
    let request = PageRequest { filter: ztf, limit: 1, ..PageRequest::default() };
    let found = Repository::<_, survey::Entity>::new(&transaction).list(&request).await?;
    let survey = found.first().context("the survey ZTF, which the revisions make, is missing")?.id;

    let mut random = stream(world.survey.seed, Topic::Optical, 0);
    let count = scaled(60, world.survey.scale, 20);
    let begins = world.survey.now.0 - 3_600.0 - CADENCE_S * count as f64;
    let mut exposures: Vec<Exposure> =
        (0..count).map(|number| exposure(&mut random, begins, number, count)).collect();
    let rows: Vec<_> =
        exposures.iter().map(|exposure| observation(&mut random, survey, exposure)).collect();
    writer.insert(&transaction, observation::Entity, rows).await?;
    let runs: Vec<_> =
        exposures.iter_mut().filter_map(|exposure| preprocess(&mut random, exposure)).collect();
    writer.insert(&transaction, preprocess_run::Entity, runs).await?;
    let runs = differences(&mut random, &mut exposures);
    writer.insert(&transaction, difference_run::Entity, runs).await?;
    let rows: Vec<_> =
        exposures.iter().flat_map(|exposure| candidates(&mut random, exposure)).collect();
    writer.insert(&transaction, candidate::Entity, rows).await?;
    let reviewed = review::fill(writer, &transaction, &mut random, world, &exposures).await?;
    jobs::fill(writer, &transaction, &mut random, world, survey, &exposures, &reviewed).await?;
    transaction.commit().await?;
    writer.report("optical night", 1, 1);
    Ok(())
}

/// An instant as this database's columns hold it.
fn instant(at: UnixTime) -> DateTimeUtc {
    at.date_time().expect("instants of the survey are years from the ends of time")
}

/// A number with so many decimals.
fn decimal(number: f64, decimals: u32) -> Decimal {
    let digits = (number * 10_f64.powi(i32::try_from(decimals).unwrap_or(0))).round() as i64;
    Decimal::new(digits, decimals)
}

/// Most exposures went all the way; the last ones are under way, and here and there one failed.
fn exposure(random: &mut Random, begins: f64, number: usize, count: usize) -> Exposure {
    let taken = UnixTime(begins + CADENCE_S * number as f64);
    let status = match (count - number, number % 17) {
        (1..=5, _) => ObservationStatus::Ingested,
        (6 | 7, _) => ObservationStatus::Preprocessing,
        (8..=10, _) => ObservationStatus::Preprocessed,
        (11 | 12, _) => ObservationStatus::Differencing,
        (_, 3 | 8) => ObservationStatus::Failed,
        (_, 5) => ObservationStatus::Archived,
        _ => ObservationStatus::Differenced,
    };
    let (row, column) = (number / 3 % 5, number / 15);
    let mut exposure = Exposure {
        id: random.uuid(taken),
        taken,
        status,
        filter: FILTERS[number % 3],
        centre: (150.0 + 7.2 * column as f64 % 200.0, 20.0 + 6.9 * row as f64),
        preprocess_run: None,
        difference_run: None,
        candidates: Vec::new(),
    };
    if matches!(exposure.status, ObservationStatus::Differenced | ObservationStatus::Archived) {
        let scored = number % 6 != 4;
        let found = random.random_range(6..18_usize);
        exposure.candidates =
            (0..found).map(|place| found_one(random, &exposure, place, scored)).collect();
    }
    exposure
}

fn found_one(random: &mut Random, exposure: &Exposure, place: usize, scored: bool) -> Found {
    let (width, height, scale) = IMAGE;
    // A column of its own for each, so that no two share a pixel.
    let pixel = (
        150 * (i32::try_from(place).expect("an image is small") + 1) + random.random_range(0..150),
        random.random_range(20..height - 20),
    );
    let (east, north) = (f64::from(pixel.0 - width / 2), f64::from(pixel.1 - height / 2));
    let dec = exposure.centre.1 + north * scale / 3_600.0;
    let ra = exposure.centre.0 - east * scale / 3_600.0 / dec.to_radians().cos();
    let status = match (scored, place) {
        (false, 0) | (true, 5) => CandidateStatus::Duplicate,
        (false, _) => CandidateStatus::Pending,
        (true, 0..3) => CandidateStatus::Detected,
        (true, _) => CandidateStatus::Rejected,
    };
    Found {
        id: random.uuid(UnixTime(exposure.taken.0 + 900.0)),
        position: (ra.rem_euclid(360.0), dec),
        pixel,
        snr: random.around(if place < 3 { 14.0 } else { 6.5 }, 0.3),
        status,
    }
}

fn observation(random: &mut Random, survey: Uuid, exposure: &Exposure) -> observation::ActiveModel {
    let stamp = text(exposure.taken, "%Y%m%d%H%M%S");
    let name = format!("ztf_{stamp}_000712_{}_c07_o_q2", exposure.filter);
    let stored = exposure.status != ObservationStatus::Ingested;
    let airmass = 1.0 / (exposure.centre.1 - 33.36).to_radians().cos() + random.between(0.0, 0.2);
    observation::ActiveModel {
        id: Set(exposure.id),
        survey_id: Set(survey),
        observation_id: Set(name.clone()),
        ra: Set(decimal(exposure.centre.0, 7)),
        dec: Set(decimal(exposure.centre.1, 7)),
        observation_time: Set(instant(exposure.taken)),
        filter_band: Set(exposure.filter.to_owned()),
        exposure_time: Set(decimal(EXPOSURE_S, 3)),
        fits_url: Set(format!(
            "https://irsa.ipac.caltech.edu/ibe/data/ztf/products/sci/{name}_sciimg.fits"
        )),
        pixel_scale: Set(Some(decimal(IMAGE.2, 4))),
        image_width: Set(Some(IMAGE.0)),
        image_height: Set(Some(IMAGE.1)),
        airmass: Set(Some(decimal(airmass, 2))),
        seeing: Set(Some(decimal(random.around(2.0, 0.15), 3))),
        status: Set(exposure.status),
        fits_file_path: Set(stored.then(|| format!("raw/{name}.fits"))),
        thumbnail_path: Set(stored.then(|| format!("thumbnails/{name}.png"))),
        created_at: Set(instant(UnixTime(exposure.taken.0 + 120.0))),
        updated_at: Set(instant(UnixTime(exposure.taken.0 + 1_200.0))),
        healpix: sea_orm::NotSet,
    }
}

/// The preprocessing of an exposure, as far as its status says it came.
fn preprocess(random: &mut Random, exposure: &mut Exposure) -> Option<preprocess_run::ActiveModel> {
    let early = exposure.difference_failed();
    let status = match exposure.status {
        ObservationStatus::Ingested if exposure.filter == "zg" => PreprocessRunStatus::Pending,
        ObservationStatus::Ingested => return None,
        ObservationStatus::Preprocessing => PreprocessRunStatus::Running,
        ObservationStatus::Failed if !early => PreprocessRunStatus::Failed,
        _ => PreprocessRunStatus::Completed,
    };
    let (done, failed) =
        (status == PreprocessRunStatus::Completed, status == PreprocessRunStatus::Failed);
    let (created, started) = (exposure.taken.0 + 130.0, exposure.taken.0 + 150.0);
    let seconds = random.random_range(40..160);
    let ended = UnixTime(started + f64::from(seconds));
    let id = random.uuid(UnixTime(created));
    exposure.preprocess_run = Some(id);
    Some(preprocess_run::ActiveModel {
        id: Set(id),
        observation_id: Set(exposure.id),
        calibration_applied: Set(done),
        wcs_aligned: Set(done),
        registration_quality: Set(done.then(|| decimal(random.between(0.82, 0.99), 3))),
        processed_fits_path: Set(done.then(|| format!("processed/{}.fits", exposure.id))),
        wcs_info: Set(done.then(|| {
            json!({
                "ctype": ["RA---TAN", "DEC--TAN"],
                "crpix": [IMAGE.0 / 2, IMAGE.1 / 2],
                "crval": [exposure.centre.0, exposure.centre.1],
                "cdelt": [-IMAGE.2 / 3_600.0, IMAGE.2 / 3_600.0],
            })
        })),
        started_at: Set(
            (status != PreprocessRunStatus::Pending).then(|| instant(UnixTime(started)))
        ),
        completed_at: Set((done || failed).then(|| instant(ended))),
        processing_time_seconds: Set((done || failed).then_some(seconds)),
        error_message: Set(failed.then(|| "too few stars to align the image: 4 of 12".to_owned())),
        retry_count: Set(if failed { 3 } else { 0 }),
        status: Set(status),
        created_at: Set(instant(UnixTime(created))),
        updated_at: Set(instant(if done || failed { ended } else { UnixTime(started) })),
    })
}

impl Exposure {
    /// Whether it failed in the subtraction, and not before.
    fn difference_failed(&self) -> bool {
        self.status == ObservationStatus::Failed && self.filter != "zg"
    }
}

/// The subtractions. Every exposure has the first one of its filter for a reference; those have an
/// external template.
fn differences(
    random: &mut Random,
    exposures: &mut [Exposure],
) -> Vec<difference_run::ActiveModel> {
    let references = FILTERS.map(|filter| {
        let usable =
            |exposure: &&Exposure| exposure.filter == filter && !exposure.candidates.is_empty();
        exposures.iter().find(usable).map(|exposure| (exposure.id, exposure.taken))
    });
    let mut rows = Vec::new();
    for exposure in exposures {
        let status = match exposure.status {
            ObservationStatus::Preprocessed if exposure.filter == "zr" => {
                DifferenceRunStatus::Pending
            }
            ObservationStatus::Differencing => DifferenceRunStatus::Running,
            ObservationStatus::Differenced | ObservationStatus::Archived => {
                DifferenceRunStatus::Completed
            }
            ObservationStatus::Failed if exposure.difference_failed() => {
                DifferenceRunStatus::Failed
            }
            _ => continue,
        };
        let filter = FILTERS.iter().position(|filter| *filter == exposure.filter);
        let reference = filter.and_then(|filter| references[filter]);
        let reference = reference.filter(|(_, taken)| *taken < exposure.taken).map(|(id, _)| id);
        let (done, failed) =
            (status == DifferenceRunStatus::Completed, status == DifferenceRunStatus::Failed);
        let (created, started) = (exposure.taken.0 + 330.0, exposure.taken.0 + 360.0);
        let seconds = random.random_range(90..400);
        let ended = UnixTime(started + f64::from(seconds));
        let id = random.uuid(UnixTime(created));
        exposure.difference_run = Some(id);
        rows.push(difference_run::ActiveModel {
            id: Set(id),
            observation_id: Set(exposure.id),
            reference_observation_id: Set(reference),
            algorithm: Set("zogy".to_owned()),
            parameters: Set(Some(json!({"psf_fwhm_px": 4.0, "background_box_px": 64}))),
            difference_image_path: Set(done.then(|| format!("differences/{id}.fits"))),
            significance_map_path: Set(done.then(|| format!("significance/{id}.fits"))),
            noise_level: Set(done.then(|| decimal(random.around(6.5, 0.2), 6))),
            detection_threshold: Set(Some(decimal(5.0, 6))),
            candidates_found: Set(i32::try_from(exposure.candidates.len()).expect("an image is small")),
            started_at: Set((status != DifferenceRunStatus::Pending).then(|| instant(UnixTime(started)))),
            completed_at: Set((done || failed).then(|| instant(ended))),
            processing_time_seconds: Set((done || failed).then_some(seconds)),
            error_message: Set(failed.then(|| "the point-spread functions do not match".to_owned())),
            retry_count: Set(if failed { 3 } else { 0 }),
            status: Set(status),
            created_at: Set(instant(UnixTime(created))),
            updated_at: Set(instant(if done || failed { ended } else { UnixTime(started) })),
        });
    }
    rows
}

fn candidates(random: &mut Random, exposure: &Exposure) -> Vec<candidate::ActiveModel> {
    let Some(run) = exposure.difference_run else { return Vec::new() };
    let created = instant(UnixTime(exposure.taken.0 + 770.0));
    let row = |found: &Found| {
        let error = random.around(28.0, 0.2);
        let sign = if random.random_bool(0.2) { -1.0 } else { 1.0 };
        candidate::ActiveModel {
            id: Set(found.id),
            difference_run_id: Set(run),
            observation_id: Set(exposure.id),
            ra: Set(decimal(found.position.0, 7)),
            dec: Set(decimal(found.position.1, 7)),
            pixel_x: Set(found.pixel.0),
            pixel_y: Set(found.pixel.1),
            flux: Set(Some(decimal(sign * found.snr * error, 6))),
            flux_error: Set(Some(decimal(error, 6))),
            significance: Set(Some(decimal(found.snr * 0.97, 3))),
            snr: Set(Some(decimal(found.snr, 3))),
            fwhm: Set(Some(decimal(random.around(2.1, 0.15), 3))),
            ellipticity: Set(Some(decimal(random.between(0.02, 0.35), 3))),
            position_angle: Set(Some(decimal(random.between(0.0, 179.9), 2))),
            is_saturated: Set(random.random_bool(0.02)),
            is_blended: Set(random.random_bool(0.05)),
            is_edge: Set(found.pixel.1 < 60 || found.pixel.1 > IMAGE.1 - 60),
            status: Set(found.status),
            created_at: Set(created),
            updated_at: Set(created),
            healpix: sea_orm::NotSet,
        }
    };
    exposure.candidates.iter().map(row).collect()
}
