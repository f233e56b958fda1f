//! How variable a source is.

use almanac_entity::{Database, products::photometry};
use almanac_service::{
    Repository,
    products::{Metrics, Sample, StatisticsFlux as Flux, VariabilitySummary as Summary, m, vs},
};
use async_graphql::{Enum, Object, SimpleObject};

use crate::graphql::{
    context::{Context, ContextExt},
    error::{Result, graph_error},
};

/// Which flux density statistics are made of: one kind for a source, never a mixture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
#[graphql(remote = "Flux")]
pub enum StatisticsFlux {
    /// The peak.
    #[default]
    Peak,
    /// The integrated flux density.
    Integrated,
    /// The flux density normalised to an ensemble of sources.
    Normalized,
}

/// The variability metrics of a light curve, with the sums that they are made of. Flux densities in Jy.
#[derive(Debug, SimpleObject)]
pub struct VariabilityMetrics {
    /// Number of points.
    points: usize,
    /// Number of points with an uncertainty above zero; only these count in what is weighted.
    weighted_points: usize,
    /// Sum of the flux densities, Jy.
    sum_jy: f64,
    /// Mean flux density, unweighted, Jy.
    mean_jy: f64,
    /// Sum of the squared deviations from the mean, Jy².
    sum_of_squares: f64,
    /// Standard deviation of the population, Jy: the root of the sum of squares over the number of points.
    std_jy: f64,
    /// Lowest flux density, Jy.
    min_jy: f64,
    /// Highest flux density, Jy.
    max_jy: f64,
    /// Sum of the weights, one over the squared uncertainty each, Jy⁻².
    sum_of_weights: f64,
    /// Sum of the weighted flux densities, Jy⁻¹.
    weighted_sum: f64,
    /// Mean flux density by weights, Jy.
    weighted_mean_jy: f64,
    /// Sum of the weighted squared deviations from the weighted mean.
    weighted_sum_of_squares: f64,
    /// Chi-square for the mean; null where a point has no uncertainty above zero, or below two points.
    chi2: Option<f64>,
    /// Chi-square over its degrees of freedom, one less than the points.
    chi2_nu: Option<f64>,
    /// Largest deviation from the mean, standard deviations. It cannot exceed the root of one less than the
    /// points.
    sigma_deviation: f64,
    /// η: the weighted sum of squares over one less than the weighted points.
    eta: f64,
    /// V: standard deviation over mean, which is also the modulation index.
    v: f64,
}

impl From<Metrics> for VariabilityMetrics {
    fn from(metrics: Metrics) -> Self {
        Self {
            points: metrics.points,
            weighted_points: metrics.weighted_points,
            sum_jy: metrics.sum,
            mean_jy: metrics.mean,
            sum_of_squares: metrics.sum_of_squares,
            std_jy: metrics.std,
            min_jy: metrics.min,
            max_jy: metrics.max,
            sum_of_weights: metrics.sum_of_weights,
            weighted_sum: metrics.weighted_sum,
            weighted_mean_jy: metrics.weighted_mean,
            weighted_sum_of_squares: metrics.weighted_sum_of_squares,
            chi2: metrics.chi2,
            chi2_nu: metrics.chi2_nu,
            sigma_deviation: metrics.sigma_deviation,
            eta: metrics.eta,
            v: metrics.v,
        }
    }
}

/// The variability of one source, computed from its photometry as it stands. Nothing is rounded.
#[derive(Debug, SimpleObject)]
pub struct VariabilitySummary {
    /// The source, by its NVSS designation.
    source_id: String,
    /// What it is called.
    source_name: String,
    /// Number of epochs that count.
    n_epochs: usize,
    /// Mean flux density, Jy.
    mean_flux_jy: Option<f64>,
    /// Standard deviation of the population, Jy.
    std_flux_jy: Option<f64>,
    /// Lowest flux density, Jy.
    min_flux_jy: Option<f64>,
    /// Highest flux density, Jy.
    max_flux_jy: Option<f64>,
    /// V: standard deviation over mean.
    variability_index: f64,
    /// The same by its other name.
    modulation_index: f64,
    /// Chi-square for a constant flux density.
    chi_squared: Option<f64>,
    /// Its degrees of freedom.
    degrees_of_freedom: usize,
    /// Chi-square over its degrees of freedom.
    chi2_nu: Option<f64>,
    /// Whether V is above 0.1.
    is_variable: bool,
    /// Mean of |Vs|, the difference of consecutive epochs in standard deviations.
    vs_mean: Option<f64>,
    /// Mean of |m|, the difference of consecutive epochs over their mean.
    m_mean: Option<f64>,
    /// First epoch, MJD.
    first_mjd: Option<f64>,
    /// Last epoch, MJD.
    last_mjd: Option<f64>,
    /// All metrics, with their sums.
    metrics: VariabilityMetrics,
}

impl From<Summary> for VariabilitySummary {
    fn from(summary: Summary) -> Self {
        let metrics = summary.metrics;
        let of_points = |value: f64| (metrics.points > 0).then_some(value);
        Self {
            source_name: summary.source_id.clone(),
            source_id: summary.source_id,
            n_epochs: summary.n_epochs,
            mean_flux_jy: of_points(metrics.mean),
            std_flux_jy: of_points(metrics.std),
            min_flux_jy: of_points(metrics.min),
            max_flux_jy: of_points(metrics.max),
            variability_index: metrics.v,
            modulation_index: metrics.v,
            chi_squared: metrics.chi2,
            degrees_of_freedom: summary.degrees_of_freedom,
            chi2_nu: metrics.chi2_nu,
            is_variable: summary.is_variable,
            vs_mean: summary.vs_mean,
            m_mean: summary.m_mean,
            first_mjd: summary.mjd_range.map(|(first, _)| first),
            last_mjd: summary.mjd_range.map(|(_, last)| last),
            metrics: metrics.into(),
        }
    }
}

/// Two epochs compared.
#[derive(Debug, SimpleObject)]
pub struct EpochComparison {
    /// Vs: their difference in standard deviations.
    vs: f64,
    /// m: their difference over their mean.
    m: f64,
}

/// Variability at the root of the graph.
#[derive(Debug, Default)]
pub struct VariabilityQueries;

#[Object]
impl VariabilityQueries {
    /// The variability of a source, computed from its photometry as it stands; null where it was never
    /// measured.
    async fn variability_summary(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The source, by its NVSS designation.")] source_id: String,
        #[graphql(default, desc = "Which flux density.")] flux: StatisticsFlux,
    ) -> Result<Option<VariabilitySummary>> {
        let read = async {
            let reader = ctx.sessions().reader(Database::Products).await?;
            let photometry = Repository::<_, photometry::Entity>::new(&reader);
            photometry.variability_summary(&source_id, flux.into()).await
        };
        let summary = read.await.map_err(|error| graph_error(&error))?;
        Ok(summary.map(Into::into))
    }

    /// The two-epoch metrics of two flux densities in the same unit.
    async fn compare_epochs(
        &self,
        #[graphql(desc = "Flux density at the first epoch.")] flux_a: f64,
        #[graphql(desc = "Its uncertainty, above zero.")] error_a: f64,
        #[graphql(desc = "Flux density at the second epoch.")] flux_b: f64,
        #[graphql(desc = "Its uncertainty, above zero.")] error_b: f64,
    ) -> Result<Option<EpochComparison>> {
        let (a, b) = (Sample::new(flux_a, error_a), Sample::new(flux_b, error_b));
        let compared = vs(a, b).and_then(|vs| Ok(EpochComparison { vs, m: m(a, b)? }));
        compared.map(Some).map_err(|error| graph_error(&error))
    }
}
