//! Why a source is a candidate: every point, used or not, and the arithmetic.

use std::collections::HashMap;

use almanac_entity::products::{ese_candidate, image, ms_index, variability_stat};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityName,
    sea_query::{Expr, ExprTrait, Query},
};

use super::{
    rapid::RapidChange,
    score::{Preset, Score, Severity, Thresholds, Weights},
};
use crate::{
    Error, Repository, Result,
    products::{
        IN_LIST, LightCurveRequest,
        variability::{LeftOut, Metrics, Point, Sample, StatisticsFlux, points_of},
    },
};

/// A measurement of a candidate's source, and what it adds to the metrics.
#[derive(Clone, Debug, PartialEq)]
pub struct ExplainedPoint {
    /// Number of the measurement.
    pub photometry_id: i64,
    /// Epoch, MJD: the measurement's own, else the middle of its measurement set, else when it was measured.
    pub mjd: f64,
    /// Whether the epoch is only when it was measured.
    pub approximate_epoch: bool,
    /// Flux density, Jy.
    pub flux_jy: Option<f64>,
    /// Its uncertainty, Jy.
    pub error_jy: Option<f64>,
    /// What speaks against it.
    pub flags: i32,
    /// Why it is left out of everything; none where it is used.
    pub left_out: Option<LeftOut>,
    /// Deviation from the mean, Jy.
    pub deviation_jy: Option<f64>,
    /// Deviation from the mean, standard deviations.
    pub deviation_sigma: Option<f64>,
    /// Its weight, one over the squared uncertainty, Jy⁻²; none where η leaves it out.
    pub weight: Option<f64>,
    /// What it adds to the chi-square; none where it has no uncertainty.
    pub chi2_term: Option<f64>,
    /// The image.
    pub image_path: String,
    /// The measurement set that the image was made from.
    pub ms_path: Option<String>,
    /// The middle of that, MJD.
    pub ms_mid_mjd: Option<f64>,
}

/// What a preset says of a source.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PresetVerdict {
    /// The preset.
    pub preset: Preset,
    /// Its thresholds.
    pub thresholds: Thresholds,
    /// Whether the deviation reaches its threshold.
    pub by_sigma: bool,
    /// Whether the reduced chi-square reaches its threshold.
    pub by_chi2_nu: bool,
}

/// Why a source is a candidate. The metrics are computed from the points as they are now; the stored
/// statistics are those that the candidate was flagged on, or newer.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The candidate.
    pub candidate: ese_candidate::Model,
    /// The statistics as stored.
    pub statistics: Option<variability_stat::Model>,
    /// Which flux density it is about.
    pub flux: StatisticsFlux,
    /// The measurements, the earliest epoch first.
    pub points: Vec<ExplainedPoint>,
    /// The metrics of those used, Jy, with their sums.
    pub metrics: Metrics,
    /// The largest deviation that so many points allow, √(N−1).
    pub greatest_sigma: f64,
    /// What each preset says.
    pub verdicts: Vec<PresetVerdict>,
    /// The score by the usual weights.
    pub score: Option<Score>,
    /// The colour of the deviation.
    pub severity: Severity,
    /// The most significant change within a day, if there is one.
    pub rapid_change: Option<RapidChange>,
}

impl<C: ConnectionTrait> Repository<'_, C, ese_candidate::Entity> {
    /// Why a source is a candidate.
    ///
    /// # Errors
    /// There is no such candidate, or the engine fails.
    pub async fn explain(&self, id: i64, flux: StatisticsFlux) -> Result<Explanation> {
        let candidate = self.find(id).await?;
        let candidate = candidate.ok_or_else(|| Error::not_found(format!("ESE candidate {id}")))?;
        let statistics =
            self.on::<variability_stat::Entity>().find(candidate.source_id.as_str()).await?;
        let measured = points_of(self.connection, &candidate.source_id, flux).await?;
        let samples: Vec<Sample> = measured.iter().filter_map(Point::sample).collect();
        let metrics = Metrics::of(&samples);
        let observed = self.observed(&measured).await?;
        let mut points: Vec<ExplainedPoint> =
            measured.into_iter().map(|point| explained(point, &metrics, &observed)).collect();
        points.sort_by(|a, b| a.mjd.total_cmp(&b.mjd).then(a.photometry_id.cmp(&b.photometry_id)));
        let request = LightCurveRequest {
            source_id: candidate.source_id.clone(),
            flux: flux.into(),
            ..LightCurveRequest::default()
        };
        let curve = self.on::<almanac_entity::products::photometry::Entity>();
        let rapid_change = RapidChange::of(&curve.light_curve(&request).await?);
        Ok(Explanation {
            greatest_sigma: greatest_sigma(metrics.points),
            verdicts: Preset::ALL.map(|preset| verdict(preset, &metrics)).to_vec(),
            score: super::composite_score(
                (metrics.points > 0).then_some(metrics.sigma_deviation),
                metrics.chi2_nu,
                (metrics.points > 0).then_some(metrics.eta),
                &Weights::default(),
            ),
            severity: Severity::of(metrics.sigma_deviation),
            candidate,
            statistics,
            flux,
            points,
            metrics,
            rapid_change,
        })
    }

    /// For each image the measurement set that it was made from, and the middle of that.
    async fn observed(&self, points: &[Point]) -> Result<HashMap<String, Observed>> {
        let mut paths: Vec<&str> = points.iter().map(|point| point.image_path.as_str()).collect();
        paths.sort_unstable();
        paths.dedup();
        let mut observed = HashMap::with_capacity(paths.len());
        for chunk in paths.chunks(IN_LIST) {
            let select = Query::select()
                .expr(Expr::col(image::Column::Path.as_column_ref()))
                .expr(Expr::col(image::Column::MsPath.as_column_ref()))
                .expr(Expr::col(ms_index::Column::MidMjd.as_column_ref()))
                .from(image::Entity.table_ref())
                .left_join(
                    ms_index::Entity.table_ref(),
                    Expr::col(ms_index::Column::Path.as_column_ref())
                        .equals(image::Column::MsPath.as_column_ref()),
                )
                .and_where(image::Column::Path.is_in(chunk.iter().copied()))
                .order_by(image::Column::Id.as_column_ref(), sea_orm::Order::Asc)
                .to_owned();
            for result in self.connection.query_all(&select).await? {
                let (path, ms_path, mid_mjd) = result.try_get_many_by_index()?;
                observed.insert(path, Observed { ms_path, mid_mjd });
            }
        }
        Ok(observed)
    }
}

/// Where an image is from.
struct Observed {
    ms_path: String,
    mid_mjd: Option<f64>,
}

fn explained(
    point: Point,
    metrics: &Metrics,
    observed: &HashMap<String, Observed>,
) -> ExplainedPoint {
    let observation = observed.get(&point.image_path);
    let ms_mid_mjd = observation.and_then(|observation| observation.mid_mjd);
    let own = point.mjd.or(ms_mid_mjd);
    let sample = point.sample();
    let deviation = sample.map(|sample| sample.flux - metrics.mean);
    let error = sample.and_then(|sample| sample.usable_error());
    ExplainedPoint {
        photometry_id: point.id,
        mjd: own.unwrap_or_else(|| point.measured_at.mjd()),
        approximate_epoch: own.is_none(),
        flux_jy: point.flux_jy,
        error_jy: point.error_jy,
        flags: point.flags,
        left_out: point.left_out(),
        deviation_jy: deviation,
        deviation_sigma: deviation
            .filter(|_| metrics.std > 0.0)
            .map(|deviation| deviation / metrics.std),
        weight: error.map(|error| error.powi(-2)),
        chi2_term: deviation.zip(error).map(|(deviation, error)| (deviation / error).powi(2)),
        image_path: point.image_path,
        ms_path: observation.map(|observation| observation.ms_path.clone()),
        ms_mid_mjd,
    }
}

#[expect(clippy::cast_precision_loss, reason = "no light curve has 2^53 points")]
fn greatest_sigma(points: usize) -> f64 {
    (points.saturating_sub(1) as f64).sqrt()
}

fn verdict(preset: Preset, metrics: &Metrics) -> PresetVerdict {
    let thresholds = preset.thresholds();
    PresetVerdict {
        preset,
        thresholds,
        by_sigma: metrics.sigma_deviation >= thresholds.sigma,
        by_chi2_nu: thresholds
            .chi2_nu
            .zip(metrics.chi2_nu)
            .is_some_and(|(least, chi2_nu)| chi2_nu >= least),
    }
}
