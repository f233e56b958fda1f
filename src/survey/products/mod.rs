//! Measurement sets, images, photometry, and what follows from them.

mod mosaics;
mod operations;
mod quality;
mod transients;
mod variability;
mod work;

use almanac_entity::{
    Database,
    products::{
        ImageFormat, ImageType, MeasurementSetStage, MeasurementSetStatus, image, ms_index,
        photometry,
    },
};
use anyhow::Result;
use rand::RngExt;
use sea_orm::ActiveValue::Set;

use super::{
    UnixTime, World, Writer,
    random::{Draw, Random, Topic, stream},
    schedule::{OBSERVATION_S, Observation},
    sky::{FIELD_DEG, Source, offset_deg},
};
use variability::{Light, Point};

/// Observations that are written in one transaction.
const CHUNK: usize = 25;
/// Scatter of the flux scale between sources of one image, of which the error bars know.
const CALIBRATION: f64 = 0.03;

// What can speak against a measurement; the entity says more.
const EDGE: i32 = 1;
const CONFUSED: i32 = 2;
const FAINT: i32 = 4;
const BAD_FIT: i32 = 16;
const EXCLUDED: i32 = 32;

/// Writes the whole database. Returns the number of measurements.
pub(super) async fn fill(writer: &mut Writer<'_>, world: &World) -> Result<u64> {
    let light = measure(writer, world).await?;
    let transaction = writer.begin(Database::Products).await?;
    variability::fill(writer, &transaction, world, &light).await?;
    let mosaics = mosaics::fill(writer, &transaction, world).await?;
    transients::fill(writer, &transaction, world, &light, &mosaics).await?;
    transaction.commit().await?;
    let transaction = writer.begin(Database::Products).await?;
    let jobs = work::fill(writer, &transaction, world).await?;
    quality::fill(writer, &transaction, world, &light, &jobs).await?;
    operations::fill(writer, &transaction, world).await?;
    transaction.commit().await?;
    Ok(light.measurements)
}

/// Writes measurement sets, images and photometry, image by image.
async fn measure(writer: &mut Writer<'_>, world: &World) -> Result<Light> {
    let schedule = &world.schedule;
    let fields: Vec<Vec<Vec<_>>> = (0..schedule.strips.len())
        .map(|strip| {
            let of = &schedule.strips[strip];
            let field =
                |pointing| world.sky.field(strip, of.centre(pointing), schedule.measured(0));
            (0..of.pointings).map(field).collect()
        })
        .collect();
    let mut light = Light::new(world);
    let total = schedule.imaged.len();
    for chunk in schedule.imaged.chunks(CHUNK) {
        let transaction = writer.begin(Database::Products).await?;
        let sets = chunk.iter().map(|observation| imaged_set(world, observation));
        writer.insert(&transaction, ms_index::Entity, sets).await?;
        let mut images = Vec::with_capacity(chunk.len());
        let mut rows = Vec::with_capacity(chunk.len() * schedule.measured(0));
        for observation in chunk {
            let (strip, pointing) = observation.pointing;
            let field = &fields[strip][pointing];
            let mut random = stream(world.survey.seed, Topic::Photometry, observation.index);
            let mut peak: f64 = 0.0;
            for (source, separation) in field.iter().take(schedule.measured(observation.index)) {
                let point = point(&mut random, world, observation, *source);
                peak = peak.max(point.flux_mjy);
                rows.push(measurement(&mut random, world, observation, *separation, &point));
                light.add(point);
            }
            images.push(image(world, observation, peak));
            light.peaks.push(peak);
        }
        writer.insert(&transaction, image::Entity, images).await?;
        writer.insert(&transaction, photometry::Entity, rows).await?;
        transaction.commit().await?;
        writer.report("images and photometry", chunk[chunk.len() - 1].index + 1, total);
    }
    let transaction = writer.begin(Database::Products).await?;
    let sets = schedule.recent.iter().take(UNFINISHED.len()).map(|observation| {
        let (stage, status) = UNFINISHED[observation.index].clone();
        measurement_set(world, observation, stage, status)
    });
    writer.insert(&transaction, ms_index::Entity, sets).await?;
    transaction.commit().await?;
    Ok(light)
}

/// How far the measurement sets have come that were not imaged yet.
pub(super) const UNFINISHED: [(MeasurementSetStage, MeasurementSetStatus); 5] = [
    (MeasurementSetStage::Imaged, MeasurementSetStatus::Failed),
    (MeasurementSetStage::Calibrated, MeasurementSetStatus::Ok),
    (MeasurementSetStage::Calibrated, MeasurementSetStatus::Flagged),
    (MeasurementSetStage::Converted, MeasurementSetStatus::Converted),
    (MeasurementSetStage::Discovered, MeasurementSetStatus::Pending),
];

/// When the image of an observation was made.
fn imaged_at(observation: &Observation) -> UnixTime {
    observation.after(1_650.0 + f64::from(u32::try_from(observation.index % 97).unwrap_or(0)) * 3.0)
}

fn imaged_set(world: &World, observation: &Observation) -> ms_index::ActiveModel {
    let mut random = stream(world.survey.seed, Topic::Processing, observation.index);
    let stage = match random.random_range(0..100_u8) {
        0..88 => MeasurementSetStage::PhotometryComplete,
        88..92 => MeasurementSetStage::Mosaicked,
        92..95 => MeasurementSetStage::Cataloged,
        _ => MeasurementSetStage::Done,
    };
    let status = match random.random_range(0..100_u8) {
        _ if observation.bad => MeasurementSetStatus::Flagged,
        0..85 => MeasurementSetStatus::Completed,
        _ => MeasurementSetStatus::Ok,
    };
    measurement_set(world, observation, stage, status)
}

fn measurement_set(
    world: &World,
    observation: &Observation,
    stage: MeasurementSetStage,
    status: MeasurementSetStatus,
) -> ms_index::ActiveModel {
    let imaged = matches!(
        stage,
        MeasurementSetStage::PhotometryComplete
            | MeasurementSetStage::Mosaicked
            | MeasurementSetStage::Cataloged
            | MeasurementSetStage::Done
    );
    let raw = matches!(stage, MeasurementSetStage::Discovered | MeasurementSetStage::Converted);
    let latest = UnixTime(world.survey.now.0 - 5.0);
    let updated = if imaged { UnixTime(imaged_at(observation).0 + 60.0) } else { latest };
    ms_index::ActiveModel {
        path: Set(observation.ms_path()),
        start_mjd: Set(Some(observation.start.mjd())),
        end_mjd: Set(Some(observation.end().mjd())),
        mid_mjd: Set(Some(observation.mid().mjd())),
        processed_at: Set((!raw).then_some(updated)),
        status: Set(Some(status)),
        stage: Set(Some(stage)),
        stage_updated_at: Set(Some(updated)),
        cal_applied: Set(Some(!raw)),
        imagename: Set(imaged.then(|| observation.image_path())),
        field_name: Set(Some(observation.field_name())),
        pointing_ra_deg: Set(Some(observation.centre.0)),
        pointing_dec_deg: Set(Some(observation.centre.1)),
        ra_deg: Set(Some(observation.centre.0)),
        dec_deg: Set(Some(observation.centre.1)),
        group_id: Set(Some(observation.group_id())),
        created_at: Set(Some(observation.after(420.0))),
        healpix: sea_orm::NotSet,
    }
}

/// Restoring beam of an observation's image: axes in arcseconds, position angle in degrees.
fn beam(world: &World, observation: &Observation) -> (f64, f64, f64) {
    let mut random = stream(world.survey.seed, Topic::Quality, observation.index);
    let major = random.around(12.4, 0.03);
    (major, major * random.between(0.82, 0.95), random.normal(38.0, 4.0))
}

fn image(world: &World, observation: &Observation, peak_mjy: f64) -> image::ActiveModel {
    let (major, minor, angle) = beam(world, observation);
    image::ActiveModel {
        path: Set(observation.image_path()),
        ms_path: Set(observation.ms_path()),
        created_at: Set(imaged_at(observation)),
        kind: Set(ImageType::Image),
        format: Set(Some(ImageFormat::Fits)),
        beam_major_arcsec: Set(Some(major)),
        beam_minor_arcsec: Set(Some(minor)),
        beam_pa_deg: Set(Some(angle)),
        noise_jy: Set(Some(observation.noise_jy)),
        dynamic_range: Set(Some(peak_mjy / 1e3 / observation.noise_jy)),
        pbcor: Set(Some(false)),
        field_name: Set(Some(observation.field_name())),
        center_ra_deg: Set(Some(observation.centre.0)),
        center_dec_deg: Set(Some(observation.centre.1)),
        imsize_x: Set(Some(5_040)),
        imsize_y: Set(Some(5_040)),
        cellsize_arcsec: Set(Some(2.5)),
        freq_ghz: Set(Some(1.405)),
        bandwidth_mhz: Set(Some(187.5)),
        integration_sec: Set(Some(OBSERVATION_S)),
        ..Default::default()
    }
}

/// Measures a source: its flux at the time, the image's flux scale, the calibration, the noise, and now
/// and then a fit that went astray.
fn point(random: &mut Random, world: &World, observation: &Observation, index: usize) -> Point {
    let mjd = observation.mid().mjd();
    let flux = world.sky.sources[index].flux_mjy(mjd);
    let noise = observation.noise_jy * 1e3;
    let scatter = (CALIBRATION.powi(2) - 0.02_f64.powi(2)).sqrt();
    let astray = random.random_bool(2e-4);
    let factor = if astray { random.one_of(&[0.45, 1.6]) } else { 1.0 };
    let calibrated = flux * observation.gain * random.normal(1.0, scatter);
    let measured = random.normal(calibrated, noise) * factor;
    Point {
        source: index,
        image: observation.index,
        mjd,
        measured_at: UnixTime(imaged_at(observation).0 + 45.0),
        flux_mjy: measured,
        error_mjy: noise.hypot(CALIBRATION * flux),
        astray,
    }
}

fn measurement(
    random: &mut Random,
    world: &World,
    observation: &Observation,
    separation: f64,
    point: &Point,
) -> photometry::ActiveModel {
    let source = &world.sky.sources[point.source];
    let (peak, error) = (point.flux_mjy / 1e3, point.error_mjy / 1e3);
    let snr = peak / observation.noise_jy;
    let extended = if source.resolved() { 1.0 + source.nvss_snr.sin().abs() * 0.6 } else { 1.0 };
    let flux = peak * extended * random.normal(1.0, 0.01);
    let correction = observation.gain * random.normal(1.0, 0.004);
    let flags = flags(random, observation, source, snr, point.astray);
    photometry::ActiveModel {
        image_path: Set(observation.image_path()),
        source_id: Set(source.name.clone()),
        ra_deg: Set(source.position.0),
        dec_deg: Set(source.position.1),
        nvss_flux_mjy: Set(Some(source.nvss_mjy)),
        peak_jyb: Set(peak),
        peak_err_jyb: Set(Some(error)),
        snr: Set(Some(snr)),
        measured_at: Set(point.measured_at),
        mjd: Set(Some(point.mjd)),
        sep_from_center_deg: Set(Some(separation)),
        flags: Set(Some(flags)),
        flux_jy: Set(Some(flux)),
        flux_err_jy: Set(Some(error * extended.sqrt() * 1.1)),
        normalized_flux_jy: Set(Some(flux / correction)),
        normalized_flux_err_jy: Set(Some(error * extended.sqrt() * 1.1 / correction)),
        mosaic_path: Set(None),
        local_rms_jy: Set(Some(observation.noise_jy * random.between(0.97, 1.06))),
        quality_flag: Set(Some(
            match flags {
                0 => "good",
                flags if flags & (FAINT | BAD_FIT) == 0 => "suspect",
                _ => "bad",
            }
            .to_owned(),
        )),
        ..Default::default()
    }
}

/// What speaks against a measurement.
fn flags(
    random: &mut Random,
    observation: &Observation,
    source: &Source,
    snr: f64,
    astray: bool,
) -> i32 {
    let edge = FIELD_DEG / 2.0 - 0.1;
    let east = offset_deg(source.position, observation.centre).abs();
    let north = (source.position.1 - observation.centre.1).abs();
    let found = [
        (EDGE, east > edge || north > edge),
        (CONFUSED, source.confused),
        (FAINT, snr < 3.0),
        (BAD_FIT, astray),
        (EXCLUDED, observation.bad && random.random_bool(0.002)),
    ];
    found.iter().filter(|(_, holds)| *holds).map(|(flag, _)| flag).sum()
}
