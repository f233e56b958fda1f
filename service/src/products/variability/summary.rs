//! What the variability of one source amounts to.

use almanac_entity::products::photometry;
use sea_orm::ConnectionTrait;

use super::{
    metrics::{Metrics, Sample, m_mean, vs_mean},
    points::{Point, StatisticsFlux, points_of},
};
use crate::{Repository, Result};

/// Above this V a source counts as variable.
const VARIABLE_V: f64 = 0.1;

/// The variability of one source, computed from its photometry as it stands. Flux densities in Jy.
#[derive(Clone, Debug, PartialEq)]
pub struct VariabilitySummary {
    /// The source.
    pub source_id: String,
    /// Number of epochs that count.
    pub n_epochs: usize,
    /// The metrics.
    pub metrics: Metrics,
    /// Degrees of freedom of the chi-square.
    pub degrees_of_freedom: usize,
    /// Mean of |Vs| over consecutive epochs; none below two.
    pub vs_mean: Option<f64>,
    /// Mean of |m| over consecutive epochs; none below two.
    pub m_mean: Option<f64>,
    /// Whether V is above 0.1.
    pub is_variable: bool,
    /// First and last epoch, MJD.
    pub mjd_range: Option<(f64, f64)>,
}

impl<C: ConnectionTrait> Repository<'_, C, photometry::Entity> {
    /// The variability of a source; none where it was never measured.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn variability_summary(
        &self,
        source_id: &str,
        flux: StatisticsFlux,
    ) -> Result<Option<VariabilitySummary>> {
        let mut points = points_of(self.connection, source_id, flux).await?;
        if points.is_empty() {
            return Ok(None);
        }
        points.retain(|point| point.left_out().is_none());
        let epoch = |point: &Point| point.mjd.unwrap_or_else(|| point.measured_at.mjd());
        points.sort_by(|a, b| epoch(a).total_cmp(&epoch(b)).then(a.id.cmp(&b.id)));
        let samples: Vec<Sample> = points.iter().filter_map(Point::sample).collect();
        let metrics = Metrics::of(&samples);
        Ok(Some(VariabilitySummary {
            source_id: source_id.to_owned(),
            n_epochs: metrics.points,
            degrees_of_freedom: metrics.points.saturating_sub(1),
            vs_mean: vs_mean(&samples),
            m_mean: m_mean(&samples),
            is_variable: metrics.v > VARIABLE_V,
            mjd_range: points.first().zip(points.last()).map(|(a, b)| (epoch(a), epoch(b))),
            metrics,
        }))
    }
}
