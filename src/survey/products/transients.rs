//! Transient candidates: sources that differ from the catalogue, their light curves and alerts.

use almanac_entity::products::{
    AlertLevel, FollowUpStatus, TransientClassification, TransientPriority, TransientType,
    transient_alert, transient_candidate, transient_measurement,
};
use almanac_service::Transaction;
use anyhow::Result;
use rand::RngExt;
use sea_orm::ActiveValue::Set;

use super::{
    super::{
        UnixTime, World, Writer,
        random::{Draw, Random, Topic, stream},
        scaled,
        sky::designation,
    },
    imaged_at,
    mosaics::Made,
    variability::{Light, Point},
};

/// A candidate to be: where it is, what the catalogue says, and what was measured.
struct Sighting {
    source_id: Option<String>,
    position: (f64, f64),
    baseline_mjy: Option<f64>,
    points: Vec<Point>,
}

pub(super) async fn fill(
    writer: &mut Writer<'_>,
    transaction: &Transaction,
    world: &World,
    light: &Light,
    mosaics: &[Made],
) -> Result<()> {
    let mut alerts = Vec::new();
    let mut curves = Vec::new();
    let known = world.changing.all().filter_map(|source| known(world, light, source));
    let new = (0..scaled(6, world.survey.scale, 3)).map(|number| new(world, number));
    for (number, sighting) in known.chain(new).enumerate() {
        let mut random = stream(world.survey.seed, Topic::Candidates, number + 1);
        let row = candidate(&mut random, world, mosaics, number, &sighting);
        let row = writer.insert_one(transaction, transient_candidate::Entity, row).await?;
        alerts.extend(alert(&mut random, world, &row, number));
        curves.extend(sighting.points.iter().map(|point| measurement(world, mosaics, &row, point)));
    }
    writer.insert(transaction, transient_measurement::Entity, curves).await?;
    writer.insert(transaction, transient_alert::Entity, alerts).await
}

/// A source of the catalogue that changes.
fn known(world: &World, light: &Light, index: usize) -> Option<Sighting> {
    let source = &world.sky.sources[index];
    let points = light.curves.get(&index)?.clone();
    (!points.is_empty()).then(|| Sighting {
        source_id: Some(source.name.clone()),
        position: source.position,
        baseline_mjy: Some(source.nvss_mjy),
        points,
    })
}

/// A source that no catalogue knows: some images show it rise and fade.
fn new(world: &World, number: usize) -> Sighting {
    let mut random = stream(world.survey.seed, Topic::Candidates, 1 << 40 | number);
    let images = &world.schedule.imaged;
    let first = random.random_range(0..images.len() * 2 / 3);
    let (ra, dec) = images[first].centre;
    let east = random.between(-1.0, 1.0) / dec.to_radians().cos();
    let (peak, days) = (random.between(8.0, 40.0), random.between(1.0, 6.0));
    let shown = images[first..].iter().filter(|image| image.pointing == images[first].pointing);
    let points =
        shown.take_while(|image| image.mid().mjd() - images[first].mid().mjd() < 2.5 * days);
    let points = points.map(|image| {
        let since = image.mid().mjd() - images[first].mid().mjd();
        let noise = image.noise_jy * 1e3;
        Point {
            source: 0,
            image: image.index,
            mjd: image.mid().mjd(),
            measured_at: UnixTime(imaged_at(image).0 + 90.0),
            flux_mjy: random.normal(peak * (-since / days).exp(), noise),
            error_mjy: noise,
            astray: false,
        }
    });
    Sighting {
        source_id: None,
        position: ((ra + east).rem_euclid(360.0), dec + 0.4),
        baseline_mjy: None,
        points: points.collect(),
    }
}

fn candidate(
    random: &mut Random,
    world: &World,
    mosaics: &[Made],
    number: usize,
    sighting: &Sighting,
) -> transient_candidate::ActiveModel {
    let baseline = sighting.baseline_mjy.unwrap_or(0.0);
    let excess =
        |point: &Point| (point.flux_mjy - baseline).abs() / point.error_mjy.hypot(0.05 * baseline);
    let found = sighting.points.iter().max_by(|a, b| excess(a).total_cmp(&excess(b)));
    let found = found.expect("a sighting has a measurement");
    let observation = &world.schedule.imaged[found.image];
    let ratio = sighting.baseline_mjy.map(|baseline| found.flux_mjy / baseline);
    let kind = match ratio {
        None => TransientType::New,
        Some(1.5..) => TransientType::Brightening,
        Some(..0.67) => TransientType::Fading,
        Some(_) => TransientType::Variable,
    };
    let (classification, follow_up) = judgement(number, &kind);
    let judged_at = UnixTime(found.measured_at.0 + random.between(1_200.0, 5_400.0));
    let count = sighting.points.len() as f64;
    let mean = sighting.points.iter().map(|point| point.flux_mjy).sum::<f64>() / count;
    let squares = sighting.points.iter().map(|point| (point.flux_mjy - mean).powi(2));
    let deviation = (squares.sum::<f64>() / count).sqrt();
    let sigmas =
        sighting.points.iter().map(|point| ((point.flux_mjy - mean) / point.error_mjy).powi(2));
    let (ra, dec) = sighting.position;
    let scattered = number == 0;
    let last = &sighting.points[sighting.points.len() - 1];
    let first = &sighting.points[0];
    transient_candidate::ActiveModel {
        source_id: Set(sighting.source_id.clone()),
        source_name: Set(Some(format!("DSA_TRANSIENT_{}", designation(ra, dec)))),
        image_path: Set(Some(observation.image_path())),
        ms_path: Set(Some(observation.ms_path())),
        ra_deg: Set(ra),
        dec_deg: Set(dec),
        detection_type: Set(Some(kind)),
        flux_obs_mjy: Set(Some(found.flux_mjy)),
        flux_baseline_mjy: Set(sighting.baseline_mjy),
        flux_ratio: Set(ratio),
        significance_sigma: Set(Some(excess(found))),
        baseline_catalog: Set(Some("NVSS".to_owned())),
        peak_mjy: Set(Some(found.flux_mjy)),
        rms_mjy: Set(Some(observation.noise_jy * 1e3)),
        snr: Set(Some(found.flux_mjy / observation.noise_jy / 1e3)),
        timestamp_mjd: Set(Some(found.mjd)),
        detected_at: Set(found.measured_at),
        mosaic_id: Set(mosaic(mosaics, observation.night)),
        classified_by: Set(classification.is_some().then(|| "observer".to_owned())),
        classified_at: Set(classification.is_some().then_some(judged_at)),
        classification: Set(classification),
        follow_up_status: Set(Some(follow_up)),
        variability_index: Set(Some(deviation / mean)),
        priority: Set(Some(match (scattered, excess(found)) {
            (true, _) => TransientPriority::Critical,
            (_, 10.0..) => TransientPriority::High,
            (_, 6.0..) => TransientPriority::Normal,
            _ => TransientPriority::Low,
        })),
        n_detections: Set(i32::try_from(sighting.points.len()).ok()),
        mean_flux_jy: Set(Some(mean / 1e3)),
        std_flux_jy: Set(Some(deviation / 1e3)),
        eta: Set(None),
        v_index: Set(Some(deviation / mean)),
        chi_squared: Set(Some(sigmas.sum())),
        is_variable: Set(Some(deviation / mean > 0.1)),
        ese_candidate: Set(Some(scattered)),
        first_detected_at: Set(Some(first.measured_at)),
        last_detected_at: Set(Some(last.measured_at)),
        last_updated: Set(Some(UnixTime(last.measured_at.0.max(judged_at.0)))),
        notes: Set(scattered.then(|| "Caustics at both edges; see the light curve.".to_owned())),
        ..Default::default()
    }
}

/// What people made of a candidate.
fn judgement(
    number: usize,
    kind: &TransientType,
) -> (Option<TransientClassification>, FollowUpStatus) {
    match (number % 5, kind) {
        (0, _) => (Some(TransientClassification::Real), FollowUpStatus::Scheduled),
        (1, _) => (Some(TransientClassification::Real), FollowUpStatus::Completed),
        (2, TransientType::New) => {
            (Some(TransientClassification::Artifact), FollowUpStatus::Declined)
        }
        (2, _) => (Some(TransientClassification::Variable), FollowUpStatus::Declined),
        (3, _) => (Some(TransientClassification::Uncertain), FollowUpStatus::Pending),
        _ => (None, FollowUpStatus::Pending),
    }
}

/// A mosaic of the night.
fn mosaic(mosaics: &[Made], night: usize) -> Option<i64> {
    mosaics.iter().find(|mosaic| mosaic.night == night).map(|mosaic| mosaic.id)
}

fn alert(
    random: &mut Random,
    world: &World,
    candidate: &transient_candidate::Model,
    number: usize,
) -> Option<transient_alert::ActiveModel> {
    let sigma = candidate.significance_sigma.unwrap_or_default();
    let level = match sigma {
        10.0.. => AlertLevel::Critical,
        7.0.. => AlertLevel::High,
        5.0.. => AlertLevel::Medium,
        _ => return None,
    };
    let acknowledged = !number.is_multiple_of(3);
    let at = candidate.detected_at.0 + random.between(300.0, 3_000.0);
    let at = UnixTime(at.min(world.survey.now.0));
    let name = candidate.source_name.as_deref().unwrap_or_default();
    Some(transient_alert::ActiveModel {
        candidate_id: Set(candidate.id),
        alert_level: Set(level),
        alert_message: Set(format!("{name} at {sigma:.1} standard deviations")),
        created_at: Set(UnixTime(candidate.detected_at.0 + 1.0)),
        acknowledged: Set(Some(acknowledged)),
        acknowledged_at: Set(acknowledged.then_some(at)),
        acknowledged_by: Set(acknowledged.then(|| "observer".to_owned())),
        follow_up_status: Set(candidate.follow_up_status.clone()),
        notes: Set(None),
        ..Default::default()
    })
}

fn measurement(
    world: &World,
    mosaics: &[Made],
    candidate: &transient_candidate::Model,
    point: &Point,
) -> transient_measurement::ActiveModel {
    let observation = &world.schedule.imaged[point.image];
    transient_measurement::ActiveModel {
        candidate_id: Set(candidate.id),
        mjd: Set(point.mjd),
        flux_mjy: Set(point.flux_mjy),
        flux_err_mjy: Set(Some(point.error_mjy)),
        frequency_ghz: Set(Some(1.405)),
        mosaic_id: Set(mosaic(mosaics, observation.night)),
        image_path: Set(Some(observation.image_path())),
        measured_at: Set(point.measured_at),
        ..Default::default()
    }
}
