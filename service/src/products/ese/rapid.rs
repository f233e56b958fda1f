//! Flux densities that change within a day.

use std::collections::HashMap;

use almanac_entity::products::{photometry, variability_stat};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    sea_query::{Expr, ExprTrait},
};
use variability_stat::Column::{MaxFluxMjy, MinFluxMjy, NObs, SourceId};

use super::super::variability::{Sample, vs};
use crate::{
    Repository, Result,
    products::{LightCurve, LightCurveRequest, variability::StatisticsFlux},
};

/// Two epochs are near when they lie less than this apart, days.
const NEAR_DAYS: f64 = 1.0;
/// How much of the earlier flux density the later one differs by, at the least.
const CHANGE: f64 = 0.5;
/// The least signal-to-noise ratio of either epoch.
const LEAST_SNR: f64 = 5.0;
/// A person excluded the measurement.
const EXCLUDED: i32 = 32;

/// The most significant rapid change of a light curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RapidChange {
    /// The earlier epoch, MJD.
    pub from_mjd: f64,
    /// The later epoch, MJD.
    pub to_mjd: f64,
    /// Flux density at the earlier epoch, mJy.
    pub from_mjy: f64,
    /// Flux density at the later epoch, mJy.
    pub to_mjy: f64,
    /// |Vs|: the difference in standard deviations.
    pub significance: f64,
}

impl RapidChange {
    /// The most significant change by more than half between two consecutive epochs less than a day apart.
    pub fn of(curve: &LightCurve) -> Option<Self> {
        let epochs: Vec<(f64, Sample)> = (0..curve.len())
            .filter(|index| curve.flags[*index] & EXCLUDED == 0)
            .map(|index| {
                let sample = Sample {
                    flux: curve.flux_mjy[index],
                    error: curve.error_mjy[index].or_else(|| error_of(curve, index)),
                };
                (curve.mjd[index], sample)
            })
            .collect();
        let changes = epochs.windows(2).filter_map(|pair| {
            let [(from_mjd, from), (to_mjd, to)] = [pair[0], pair[1]];
            let is_seen = |sample: Sample| {
                sample.usable_error().is_some_and(|e| sample.flux / e >= LEAST_SNR)
            };
            let is_rapid = to_mjd - from_mjd < NEAR_DAYS
                && (to.flux - from.flux).abs() > CHANGE * from.flux.abs()
                && is_seen(from)
                && is_seen(to);
            is_rapid.then(|| Self {
                from_mjd,
                to_mjd,
                from_mjy: from.flux,
                to_mjy: to.flux,
                significance: vs(to, from).map(f64::abs).unwrap_or_default(),
            })
        });
        changes.max_by(|a, b| a.significance.total_cmp(&b.significance))
    }
}

/// The uncertainty that a signal-to-noise ratio stands for.
fn error_of(curve: &LightCurve, index: usize) -> Option<f64> {
    let snr = curve.snr[index].filter(|snr| *snr > 0.0)?;
    Some(curve.flux_mjy[index].abs() / snr)
}

/// The sources whose extremes differ so far that they may have changed rapidly: only their light curves need
/// be read.
pub(super) async fn wide<C: ConnectionTrait>(
    connection: &C,
    source_id: Option<&str>,
) -> Result<Vec<variability_stat::Model>> {
    let range = Expr::col(MaxFluxMjy.as_column_ref()).sub(Expr::col(MinFluxMjy.as_column_ref()));
    let least = Expr::col(MinFluxMjy.as_column_ref()).mul(CHANGE);
    let mut select = variability_stat::Entity::find()
        .filter(range.gt(least))
        .filter(NObs.gte(2))
        .order_by_asc(SourceId);
    if let Some(source_id) = source_id {
        select = select.filter(SourceId.eq(source_id));
    }
    Ok(select.all(connection).await?)
}

/// The rapid changes of sources, from their light curves.
pub(super) async fn rapid_changes<C: ConnectionTrait>(
    connection: &C,
    statistics: &[variability_stat::Model],
    flux: StatisticsFlux,
) -> Result<HashMap<String, RapidChange>> {
    let sources: Vec<String> =
        statistics.iter().map(|statistics| statistics.source_id.clone()).collect();
    let request = LightCurveRequest { flux: flux.into(), ..LightCurveRequest::default() };
    let photometry = Repository::<_, photometry::Entity>::new(connection);
    let mut changes = HashMap::new();
    for curve in photometry.light_curves(&sources, &request).await? {
        if let Some(change) = RapidChange::of(&curve) {
            changes.insert(curve.source_id, change);
        }
    }
    Ok(changes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(points: &[(f64, f64, Option<f64>, Option<f64>)]) -> LightCurve {
        LightCurve {
            mjd: points.iter().map(|point| point.0).collect(),
            flux_mjy: points.iter().map(|point| point.1).collect(),
            error_mjy: points.iter().map(|point| point.2).collect(),
            snr: points.iter().map(|point| point.3).collect(),
            flags: vec![0; points.len()],
            ..LightCurve::default()
        }
    }

    #[test]
    fn a_change_is_rapid_within_a_day_and_by_more_than_half() {
        let rapid = |a, b| RapidChange::of(&curve(&[a, b]));
        let first = (60_000.0, 10.0, Some(1.0), None);
        let change = rapid(first, (60_000.5, 16.0, Some(1.0), None)).unwrap();
        assert!((change.significance - 6.0 / 2.0_f64.sqrt()).abs() < 1e-12);
        assert_eq!((change.from_mjy, change.to_mjy), (10.0, 16.0));
        assert!(rapid(first, (60_000.5, 15.0, Some(1.0), None)).is_none(), "by half, not more");
        assert!(rapid(first, (60_001.0, 16.0, Some(1.0), None)).is_none(), "a whole day");
        assert!(rapid(first, (60_000.5, 4.0, Some(1.0), None)).is_none(), "the later is too faint");
        assert!(rapid(first, (60_000.5, 4.9, Some(0.5), None)).is_some(), "fading");
        assert!(rapid(first, (60_000.5, 16.0, None, None)).is_none(), "nobody knows how well");
        assert!(rapid(first, (60_000.5, 16.0, None, Some(8.0))).is_some(), "by the ratio");
    }
}
