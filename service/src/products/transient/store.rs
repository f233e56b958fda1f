//! Candidates and alerts out of what differs from the catalogue.

use std::collections::HashMap;

use almanac_entity::{
    UnixTime,
    products::{
        AlertLevel, TransientPriority, TransientType, transient_alert, transient_candidate,
    },
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait,
    sea_query::{Expr, ExprTrait, Func},
};
use transient_candidate::Column::{
    DecDeg, DetectedAt, FluxObsMjy, FluxRatio, Id, ImagePath, LastDetectedAt, LastUpdated,
    NDetections, RaDeg, SignificanceSigma, Snr, TimestampMjd,
};

use super::compare::Transient;
use crate::{
    Comparison, Error, Filter, Order, Repository, Result, Writable,
    products::{IN_LIST, bulk::by_key},
    sky::{j_name, separation},
};

/// Candidates changed by one statement.
const ROWS: usize = 100;
/// A tile of the sky, degrees: candidates known are looked for by declination in steps of it.
const ARCSEC_OF_A_DEGREE: f64 = 3_600.0;
/// Candidates made at once, at the most.
const MOST: usize = 10_000;

/// What was compared, and when.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TransientContext {
    /// The image it was observed on.
    pub image_path: Option<String>,
    /// The measurement set of that.
    pub ms_path: Option<String>,
    /// The mosaic it was observed on.
    pub mosaic_id: Option<i64>,
    /// Noise, mJy/beam.
    pub rms_mjy: Option<f64>,
    /// When the sky was observed, MJD.
    pub mjd: Option<f64>,
    /// The catalogue compared with, such as `NVSS`.
    pub baseline_catalog: Option<String>,
    /// Candidates no further away than this are the same, arcseconds.
    pub match_radius_arcsec: f64,
}

/// What became of what differs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Detected {
    /// The candidates that are new.
    pub candidates: Vec<transient_candidate::Model>,
    /// Candidates that were known and were detected again.
    pub again: u64,
    /// Alerts that were made or raised.
    pub alerts: u64,
}

impl<C: Writable> Repository<'_, C, transient_candidate::Entity> {
    /// Writes candidates, and alerts of those significant enough. One that was detected before (the same way,
    /// at the same place) is counted again and keeps what people made of it; it takes on the new measurement
    /// where that is more significant. The statements belong in one transaction.
    ///
    /// # Errors
    /// There are too many, the mosaic is not there, or the engine fails.
    pub async fn store(
        &self,
        transients: &[Transient],
        context: &TransientContext,
        now: UnixTime,
    ) -> Result<Detected> {
        if transients.len() > MOST {
            let message = format!(
                "{} differences from the catalogue are no transients but a bad image; at most {MOST}",
                transients.len()
            );
            return Err(Error::invalid("observed", message));
        }
        let known = self.known(transients).await?;
        let radius = context.match_radius_arcsec / ARCSEC_OF_A_DEGREE;
        let (mut new, mut again) = (Vec::new(), HashMap::new());
        for transient in transients {
            match known.iter().find(|candidate| is_same(candidate, transient, radius)) {
                Some(candidate) => {
                    again.insert(candidate.id, (candidate, transient));
                }
                None => new.push(candidate(transient, context, now)),
            }
        }
        let mut detected = Detected { again: again.len() as u64, ..Detected::default() };
        detected.candidates = self.insert_new(new, now).await?;
        self.count_again(&again, context, now).await?;
        let new = detected.candidates.iter().map(|candidate| {
            let name = candidate.source_name.as_deref().unwrap_or_default();
            (candidate.id, name, candidate.significance_sigma.unwrap_or_default())
        });
        let again = again.values().map(|(candidate, transient)| {
            let name = candidate.source_name.as_deref().unwrap_or_default();
            (candidate.id, name, transient.significance_sigma)
        });
        let significances: Vec<(i64, &str, f64)> = new.chain(again).collect();
        detected.alerts = self.on::<transient_alert::Entity>().raise(&significances, now).await?;
        Ok(detected)
    }

    /// The candidates that stand where something differs now, and perhaps others of the same declinations.
    async fn known(&self, transients: &[Transient]) -> Result<Vec<transient_candidate::Model>> {
        let decs = || transients.iter().map(|transient| transient.dec_deg);
        let (south, north) = (decs().reduce(f64::min), decs().reduce(f64::max));
        let (Some(south), Some(north)) = (south, north) else { return Ok(Vec::new()) };
        // A match is much nearer than that.
        let margin = 0.1;
        let band = Filter::Compare(DecDeg, Comparison::Gte, (south - margin).into())
            .and(Filter::Compare(DecDeg, Comparison::Lte, (north + margin).into()));
        let ras: Vec<f64> = transients.iter().map(|transient| transient.ra_deg).collect();
        let (west, east) = (
            ras.iter().copied().fold(f64::INFINITY, f64::min),
            ras.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        );
        // Across 0h all right ascensions are looked at.
        let margin = margin / north.abs().max(south.abs()).to_radians().cos().max(1e-3);
        let narrow = west - margin >= 0.0 && east + margin < 360.0;
        let filter = if narrow {
            band.and(Filter::Compare(RaDeg, Comparison::Gte, (west - margin).into()))
                .and(Filter::Compare(RaDeg, Comparison::Lte, (east + margin).into()))
        } else {
            band
        };
        self.slice(&filter, &[Order::desc(Id)], MANY, 0).await
    }

    async fn insert_new(
        &self,
        rows: Vec<transient_candidate::ActiveModel>,
        now: UnixTime,
    ) -> Result<Vec<transient_candidate::Model>> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let count = rows.len();
        let names: Vec<String> =
            rows.iter().filter_map(|row| row.source_name.clone().take().flatten()).collect();
        let newest = self.slice(&Filter::default(), &[Order::desc(Id)], 1, 0).await?.pop();
        self.insert_many(rows).await?;
        // Read back by name, since another program may write candidates of its own at the same time.
        let mut written = Vec::with_capacity(count);
        let behind = Filter::eq(DetectedAt, f64::from(now)).and(Filter::Compare(
            Id,
            Comparison::Gt,
            newest.map_or(0, |row| row.id).into(),
        ));
        for names in names.chunks(IN_LIST) {
            let names = names.iter().map(|name| name.as_str().into()).collect();
            let of_names = Filter::In(transient_candidate::Column::SourceName, names);
            let filter = behind.clone().and(of_names);
            written.extend(self.slice(&filter, &[Order::asc(Id)], MANY, 0).await?);
        }
        written.sort_by_key(|row| row.id);
        written.dedup_by_key(|row| row.id);
        Ok(written)
    }

    async fn count_again(
        &self,
        again: &HashMap<i64, (&transient_candidate::Model, &Transient)>,
        context: &TransientContext,
        now: UnixTime,
    ) -> Result<()> {
        let ids: Vec<i64> = again.keys().copied().collect();
        for ids in ids.chunks(ROWS) {
            let rows = ids.iter().map(|id| (*id).into()).collect();
            let count = Func::coalesce([Expr::col(NDetections.as_column_ref()), Expr::val(0)]);
            let set = [
                (NDetections, Expr::from(count).add(1)),
                (LastDetectedAt, Expr::value(now)),
                (LastUpdated, Expr::value(now)),
            ];
            self.update_where(&Filter::In(Id, rows), set).await?;
        }
        let stronger: Vec<(i64, &Transient)> = again
            .iter()
            .filter(|(_, (candidate, transient))| {
                candidate.significance_sigma.is_none_or(|old| transient.significance_sigma > old)
            })
            .map(|(id, (_, transient))| (*id, *transient))
            .collect();
        for rows in stronger.chunks(ROWS) {
            let ids = rows.iter().map(|(id, _)| (*id).into()).collect();
            let column = |value: fn(&Transient) -> Option<f64>| {
                by_key(Id, rows.iter().map(|(id, transient)| (*id, value(transient))))
            };
            let set = [
                (SignificanceSigma, column(|transient| Some(transient.significance_sigma))),
                (FluxObsMjy, column(|transient| Some(transient.flux_obs_mjy))),
                (FluxRatio, column(|transient| transient.flux_ratio)),
                (Snr, column(|transient| transient.snr)),
                (ImagePath, Expr::value(context.image_path.clone())),
                (TimestampMjd, Expr::value(context.mjd)),
            ];
            self.update_where(&Filter::In(Id, ids), set).await?;
        }
        Ok(())
    }
}

/// Candidates read at once.
const MANY: u64 = 100_000;

fn is_same(candidate: &transient_candidate::Model, transient: &Transient, radius_deg: f64) -> bool {
    candidate.detection_type.as_ref() == Some(&transient.kind)
        && separation(candidate.ra_deg, candidate.dec_deg, transient.ra_deg, transient.dec_deg)
            <= radius_deg
}

fn candidate(
    transient: &Transient,
    context: &TransientContext,
    now: UnixTime,
) -> transient_candidate::ActiveModel {
    let name = j_name(transient.ra_deg, transient.dec_deg, 1);
    let is_new = transient.kind == TransientType::New;
    transient_candidate::ActiveModel {
        source_id: Set(transient.source_id.clone()),
        source_name: Set(Some(format!("DSA_TRANSIENT_{name}"))),
        image_path: Set(context.image_path.clone()),
        ms_path: Set(context.ms_path.clone()),
        ra_deg: Set(transient.ra_deg),
        dec_deg: Set(transient.dec_deg),
        detection_type: Set(Some(transient.kind.clone())),
        flux_obs_mjy: Set(Some(transient.flux_obs_mjy)),
        flux_baseline_mjy: Set(transient.flux_baseline_mjy),
        flux_ratio: Set(transient.flux_ratio),
        significance_sigma: Set(Some(transient.significance_sigma)),
        baseline_catalog: Set(context.baseline_catalog.clone()),
        rms_mjy: Set(context.rms_mjy),
        snr: Set(transient.snr),
        timestamp_mjd: Set(context.mjd),
        detected_at: Set(now),
        mosaic_id: Set(context.mosaic_id),
        priority: Set(Some(match level(transient.significance_sigma) {
            Some(AlertLevel::Critical) if is_new => TransientPriority::Critical,
            Some(AlertLevel::Critical | AlertLevel::High) => TransientPriority::High,
            _ => TransientPriority::Normal,
        })),
        n_detections: Set(Some(1)),
        first_detected_at: Set(Some(now)),
        last_detected_at: Set(Some(now)),
        last_updated: Set(Some(now)),
        ..Default::default()
    }
}

/// The level of an alert at so many standard deviations; none below five.
fn level(sigma: f64) -> Option<AlertLevel> {
    match sigma {
        _ if sigma >= 10.0 => Some(AlertLevel::Critical),
        _ if sigma >= 7.0 => Some(AlertLevel::High),
        _ if sigma >= 5.0 => Some(AlertLevel::Medium),
        _ => None,
    }
}

/// How a level stands to others.
fn rank(level: &AlertLevel) -> u8 {
    match level {
        AlertLevel::Critical => 3,
        AlertLevel::High => 2,
        AlertLevel::Medium => 1,
        AlertLevel::Other(_) => 0,
    }
}

impl<C: Writable> Repository<'_, C, transient_alert::Entity> {
    /// Makes alerts of candidates, given by number, name and significance. A candidate has one alert at the
    /// most that nobody acknowledged: its level rises with the significance. Where all were acknowledged, a
    /// new one is made only at a higher level. Returns how many were made or raised.
    async fn raise(&self, candidates: &[(i64, &str, f64)], now: UnixTime) -> Result<u64> {
        use transient_alert::Column::{AlertLevel as Level, AlertMessage, CandidateId, Id};
        let mut before: HashMap<i64, Vec<transient_alert::Model>> = HashMap::new();
        for chunk in candidates.chunks(IN_LIST) {
            let ids = chunk.iter().map(|(id, ..)| (*id).into()).collect();
            let alerts = self.slice(&Filter::In(CandidateId, ids), &[], MANY, 0).await?;
            for alert in alerts {
                before.entry(alert.candidate_id).or_default().push(alert);
            }
        }
        let mut new = Vec::new();
        let mut raised: Vec<(i64, AlertLevel, String)> = Vec::new();
        for (candidate, name, sigma) in candidates {
            let Some(level) = level(*sigma) else { continue };
            let alerts = before.remove(candidate).unwrap_or_default();
            if alerts.iter().any(|alert| rank(&alert.alert_level) >= rank(&level)) {
                continue;
            }
            let message = format!("{name} at {sigma:.1} standard deviations");
            match alerts.iter().find(|alert| alert.acknowledged != Some(true)) {
                Some(open) => raised.push((open.id, level, message)),
                None => new.push(transient_alert::ActiveModel {
                    candidate_id: Set(*candidate),
                    alert_level: Set(level),
                    alert_message: Set(message),
                    created_at: Set(now),
                    acknowledged: Set(Some(false)),
                    ..Default::default()
                }),
            }
        }
        let count = (new.len() + raised.len()) as u64;
        self.insert_many(new).await?;
        for rows in raised.chunks(ROWS) {
            let ids = rows.iter().map(|(id, ..)| (*id).into()).collect();
            let levels = rows.iter().map(|(id, level, _)| (*id, level.clone()));
            let messages = rows.iter().map(|(id, _, message)| (*id, message.as_str()));
            let set = [(Level, by_key(Id, levels)), (AlertMessage, by_key(Id, messages))];
            self.update_where(&Filter::In(Id, ids), set).await?;
        }
        Ok(count)
    }
}
