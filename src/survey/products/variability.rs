//! Light curves, their statistics, and the candidates and watched sources that follow.

use std::collections::HashMap;

use almanac_entity::products::{
    EseCandidateStatus, EseFlagType, MonitoringPriority, alert, ese_candidate, monitoring_source,
    variability_stat, {AlertType, Severity},
};
use almanac_service::Transaction;
use anyhow::Result;
use rand::RngExt;
use sea_orm::ActiveValue::Set;

use super::super::{
    UnixTime, World, Writer,
    random::{Draw, Random, Topic, stream},
    scaled,
    sky::Source,
};

/// A source whose light leaves its mean so far, in standard deviations, is a candidate.
const CANDIDATE_SIGMA: f64 = 5.0;

/// A measurement.
#[derive(Clone, Debug)]
pub(super) struct Point {
    /// The source, by its number in the sky.
    pub(super) source: usize,
    /// The image, by the number of its observation.
    pub(super) image: usize,
    /// Epoch.
    pub(super) mjd: f64,
    /// When it was measured.
    pub(super) measured_at: UnixTime,
    /// Peak flux density, mJy.
    pub(super) flux_mjy: f64,
    /// Its error, mJy.
    pub(super) error_mjy: f64,
    /// Whether the fit went astray.
    pub(super) astray: bool,
}

/// What is kept of the measurements: sums for every source, light curves for those that change.
#[derive(Debug)]
pub(super) struct Light {
    /// Number of measurements.
    pub(super) measurements: u64,
    /// Light curves of the sources that change.
    pub(super) curves: HashMap<usize, Vec<Point>>,
    /// Brightest measurement on each image, mJy/beam.
    pub(super) peaks: Vec<f64>,
    sums: Vec<Sums>,
}

impl Light {
    pub(super) fn new(world: &World) -> Self {
        let curves = world.changing.all().map(|source| (source, Vec::new()));
        let sums =
            world.sky.sources.iter().map(|source| Sums::about(source.nvss_mjy * source.level));
        Self {
            measurements: 0,
            curves: curves.collect(),
            peaks: Vec::with_capacity(world.schedule.imaged.len()),
            sums: sums.collect(),
        }
    }

    /// Takes note of a measurement.
    pub(super) fn add(&mut self, point: Point) {
        self.measurements += 1;
        self.sums[point.source].add(&point);
        if let Some(curve) = self.curves.get_mut(&point.source) {
            curve.push(point);
        }
    }

    /// The statistics of a source that was measured twice or more.
    pub(super) fn statistics(&self, source: usize) -> Option<Statistics> {
        self.sums[source].statistics()
    }
}

/// Sums over the measurements of one source. Fluxes are taken about a first guess at their mean, lest
/// digits cancel.
#[derive(Debug)]
struct Sums {
    about: f64,
    count: f64,
    flux: f64,
    square: f64,
    weight: f64,
    weighted: f64,
    weighted_square: f64,
    least: f64,
    most: f64,
    last_mjd: f64,
    last_measured_at: f64,
    astray: bool,
}

/// Statistics of a light curve, in mJy.
#[derive(Clone, Debug)]
pub(super) struct Statistics {
    pub(super) count: i32,
    pub(super) mean: f64,
    pub(super) deviation: f64,
    pub(super) least: f64,
    pub(super) most: f64,
    pub(super) chi2_nu: f64,
    pub(super) sigma: f64,
    pub(super) eta: f64,
    pub(super) v: f64,
    pub(super) last_mjd: f64,
    pub(super) last_measured_at: UnixTime,
    /// Whether one of its fits went astray.
    pub(super) astray: bool,
}

impl Sums {
    fn about(about: f64) -> Self {
        Self {
            about,
            count: 0.0,
            flux: 0.0,
            square: 0.0,
            weight: 0.0,
            weighted: 0.0,
            weighted_square: 0.0,
            least: f64::INFINITY,
            most: f64::NEG_INFINITY,
            last_mjd: 0.0,
            last_measured_at: 0.0,
            astray: false,
        }
    }

    fn add(&mut self, point: &Point) {
        let flux = point.flux_mjy - self.about;
        let weight = point.error_mjy.powi(-2);
        self.count += 1.0;
        self.flux += flux;
        self.square += flux * flux;
        self.weight += weight;
        self.weighted += weight * flux;
        self.weighted_square += weight * flux * flux;
        self.least = self.least.min(flux);
        self.most = self.most.max(flux);
        self.last_mjd = self.last_mjd.max(point.mjd);
        self.last_measured_at = self.last_measured_at.max(point.measured_at.0);
        self.astray |= point.astray;
    }

    fn statistics(&self) -> Option<Statistics> {
        if self.count < 2.0 {
            return None;
        }
        let mean = self.flux / self.count;
        let deviation = (self.square / self.count - mean * mean).max(0.0).sqrt();
        let chi2 = self.weighted_square - 2.0 * mean * self.weighted + mean * mean * self.weight;
        let eta = self.weighted_square - self.weighted * self.weighted / self.weight;
        let furthest = (self.most - mean).max(mean - self.least);
        Some(Statistics {
            count: self.count as i32,
            mean: mean + self.about,
            deviation,
            least: self.least + self.about,
            most: self.most + self.about,
            chi2_nu: chi2 / (self.count - 1.0),
            sigma: if deviation > 0.0 { furthest / deviation } else { 0.0 },
            eta: eta / (self.count - 1.0),
            v: deviation / (mean + self.about),
            last_mjd: self.last_mjd,
            last_measured_at: UnixTime(self.last_measured_at),
            astray: self.astray,
        })
    }
}

pub(super) async fn fill(
    writer: &mut Writer<'_>,
    transaction: &Transaction,
    world: &World,
    light: &Light,
) -> Result<()> {
    let sources = world.sky.sources.iter().enumerate();
    let measured = sources.filter_map(|(index, source)| {
        light.statistics(index).map(|statistics| (index, source, statistics))
    });
    let mut random = stream(world.survey.seed, Topic::Candidates, 0);
    let mut candidates = Vec::new();
    let mut rows = Vec::new();
    for (index, source, statistics) in measured {
        if index == world.changing.scattered {
            candidates.extend(scattered(source, &statistics));
        } else if statistics.sigma >= CANDIDATE_SIGMA {
            candidates.push(detected(&mut random, source, &statistics));
        }
        rows.push(statistics_row(world, source, &statistics));
    }
    writer.insert(transaction, variability_stat::Entity, rows).await?;
    let alerts = candidates.iter().enumerate().map(|(number, candidate)| alert(number, candidate));
    let alerts: Vec<_> = alerts.chain(system_alerts(world)).collect();
    writer.insert(transaction, ese_candidate::Entity, candidates).await?;
    writer.insert(transaction, alert::Entity, alerts).await?;
    let watched = watched(world).into_iter();
    let watched = watched.filter_map(|index| monitored(world, light, index));
    writer.insert(transaction, monitoring_source::Entity, watched).await
}

fn statistics_row(
    world: &World,
    source: &Source,
    statistics: &Statistics,
) -> variability_stat::ActiveModel {
    variability_stat::ActiveModel {
        source_id: Set(source.name.clone()),
        ra_deg: Set(source.position.0),
        dec_deg: Set(source.position.1),
        nvss_flux_mjy: Set(Some(source.nvss_mjy)),
        n_obs: Set(Some(statistics.count)),
        mean_flux_mjy: Set(Some(statistics.mean)),
        std_flux_mjy: Set(Some(statistics.deviation)),
        min_flux_mjy: Set(Some(statistics.least)),
        max_flux_mjy: Set(Some(statistics.most)),
        chi2_nu: Set(Some(statistics.chi2_nu)),
        sigma_deviation: Set(Some(statistics.sigma)),
        last_measured_at: Set(Some(statistics.last_measured_at)),
        last_mjd: Set(Some(statistics.last_mjd)),
        updated_at: Set(UnixTime(world.survey.now.0 - 1_800.0)),
        eta_metric: Set(Some(statistics.eta)),
        v_metric: Set(Some(statistics.v)),
        healpix: sea_orm::NotSet,
    }
}

/// A candidate that the detector flagged. One whose fit went astray is soon dismissed.
fn detected(
    random: &mut Random,
    source: &Source,
    statistics: &Statistics,
) -> ese_candidate::ActiveModel {
    let flagged = statistics.last_measured_at.0 + 300.0;
    let decided = UnixTime(flagged + random.between(600.0, 3_000.0));
    let (status, notes) = match (statistics.astray, random.random_range(0..4_u8)) {
        (true, 0) | (false, 1..) => (EseCandidateStatus::Active, None),
        (true, 1) => {
            (EseCandidateStatus::Investigated, Some("One epoch stands out; refit asked for."))
        }
        (true, _) => (EseCandidateStatus::Dismissed, Some("A single fit went astray.")),
        (false, 0) => (EseCandidateStatus::Investigated, Some("Noise of a bad night?")),
    };
    ese_candidate::ActiveModel {
        source_id: Set(source.name.clone()),
        flagged_at: Set(UnixTime(flagged)),
        flagged_by: Set(Some("auto".to_owned())),
        significance: Set(statistics.sigma),
        flag_type: Set(EseFlagType::Variability),
        notes: Set(notes.map(str::to_owned)),
        investigated_at: Set((status == EseCandidateStatus::Investigated).then_some(decided)),
        dismissed_at: Set((status == EseCandidateStatus::Dismissed).then_some(decided)),
        status: Set(Some(status)),
        ..Default::default()
    }
}

/// The extreme scattering event: the detector saw the first caustic, a person the whole of it. The
/// scatter that the event itself makes keeps it below five standard deviations.
fn scattered(source: &Source, statistics: &Statistics) -> [ese_candidate::ActiveModel; 2] {
    let candidate =
        |days: f64, by: &str, significance, flag_type, notes: &str| ese_candidate::ActiveModel {
            source_id: Set(source.name.clone()),
            flagged_at: Set(UnixTime(statistics.last_measured_at.0 - days * 86_400.0)),
            flagged_by: Set(Some(by.to_owned())),
            significance: Set(significance),
            flag_type: Set(flag_type),
            notes: Set(Some(notes.to_owned())),
            investigated_at: Set(None),
            dismissed_at: Set(None),
            status: Set(Some(EseCandidateStatus::Active)),
            ..Default::default()
        };
    let rapid = "Brighter by more than half within a day.";
    let whole = "Caustics at both edges of a flat minimum: an extreme scattering event. Follow up.";
    let mut first = candidate(18.0, "auto", statistics.sigma, EseFlagType::RapidChange, rapid);
    first.status = Set(Some(EseCandidateStatus::Investigated));
    first.investigated_at = Set(Some(UnixTime(statistics.last_measured_at.0 - 17.8 * 86_400.0)));
    [first, candidate(0.5, "observer", statistics.chi2_nu, EseFlagType::User, whole)]
}

/// The alert that told of a candidate.
fn alert(number: usize, candidate: &ese_candidate::ActiveModel) -> alert::ActiveModel {
    let (source, sigma) = (candidate.source_id.as_ref(), candidate.significance.as_ref());
    let failed = number % 12 == 7;
    alert::ActiveModel {
        source_id: Set(source.clone()),
        alert_type: Set(AlertType::EseCandidate),
        severity: Set(if *sigma >= 6.0 { Severity::Critical } else { Severity::Warning }),
        message: Set(format!(
            "{source} is a candidate for an extreme scattering event ({sigma:.1})"
        )),
        sent_at: Set(UnixTime(candidate.flagged_at.as_ref().0 + 2.0)),
        channel: Set(Some("#ese-alerts".to_owned())),
        success: Set(Some(!failed)),
        error_msg: Set(failed.then(|| "the channel did not answer within 10 s".to_owned())),
        ..Default::default()
    }
}

fn system_alerts(world: &World) -> [alert::ActiveModel; 3] {
    let alert = |subject: &str, kind, severity, hours_ago: f64, message: &str| alert::ActiveModel {
        source_id: Set(subject.to_owned()),
        alert_type: Set(kind),
        severity: Set(severity),
        message: Set(message.to_owned()),
        sent_at: Set(UnixTime(world.survey.now.0 - hours_ago * 3_600.0)),
        channel: Set(Some("#pipeline".to_owned())),
        success: Set(Some(true)),
        error_msg: Set(None),
        ..Default::default()
    };
    let missing = "no group caught the transit of 0834+555";
    let full = "/data/incoming is 91 % full";
    let back = "the converter runs again";
    [
        alert("0834+555", AlertType::CalibratorMissing, Severity::Warning, 220.0, missing),
        alert("incoming storage", AlertType::SystemError, Severity::Critical, 53.0, full),
        alert("streaming converter", AlertType::SystemError, Severity::Info, 50.0, back),
    ]
}

/// Sources that are watched: those that change, and some bright ones beside them.
fn watched(world: &World) -> Vec<usize> {
    let mut watched: Vec<usize> = world.changing.all().collect();
    let mut bright: Vec<usize> =
        (0..world.sky.sources.len()).filter(|index| !watched.contains(index)).collect();
    bright
        .sort_by(|a, b| world.sky.sources[*b].nvss_mjy.total_cmp(&world.sky.sources[*a].nvss_mjy));
    watched.extend(bright.into_iter().take(scaled(28, world.survey.scale, 5)));
    watched
}

fn monitored(world: &World, light: &Light, index: usize) -> Option<monitoring_source::ActiveModel> {
    let (source, statistics) = (&world.sky.sources[index], light.statistics(index)?);
    let event = index == world.changing.scattered;
    let changing = world.changing.all().any(|changing| changing == index);
    let priority = match (event, changing) {
        (true, _) => MonitoringPriority::High,
        (_, true) => MonitoringPriority::Normal,
        _ => MonitoringPriority::Low,
    };
    Some(monitoring_source::ActiveModel {
        source_id: Set(source.name.clone()),
        name: Set(source.name.strip_prefix("NVSS ").map(str::to_owned)),
        catalog: Set(Some("NVSS".to_owned())),
        ra_deg: Set(source.position.0),
        dec_deg: Set(source.position.1),
        priority: Set(Some(priority)),
        n_detections: Set(Some(statistics.count)),
        mean_flux_jy: Set(Some(statistics.mean / 1e3)),
        std_flux_jy: Set(Some(statistics.deviation / 1e3)),
        eta: Set(Some(statistics.eta)),
        v_index: Set(Some(statistics.v)),
        chi_squared: Set(Some(statistics.chi2_nu * f64::from(statistics.count - 1))),
        is_variable: Set(Some(statistics.v > 0.1)),
        ese_candidate: Set(Some(event)),
        first_detected_at: Set(Some(world.schedule.imaged[0].mid())),
        last_detected_at: Set(Some(UnixTime::from_mjd(statistics.last_mjd))),
        last_updated: Set(Some(UnixTime(world.survey.now.0 - 1_800.0))),
        notes: Set(event.then(|| "Extreme scattering event; every epoch counts.".to_owned())),
        ..Default::default()
    })
}
