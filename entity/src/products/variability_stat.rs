//! Variability statistics.

use crate::prelude::*;

/// How variable a source is, computed from all of its photometry.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "variability_stats")]
pub struct Model {
    /// The source, by its NVSS designation.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub source_id: String,
    /// Right ascension, degrees, ICRS.
    pub ra_deg: f64,
    /// Declination, degrees, ICRS.
    pub dec_deg: f64,
    /// Reference flux density from NVSS, mJy.
    pub nvss_flux_mjy: Option<f64>,
    /// Number of measurements.
    #[sea_orm(default_value = 0)]
    pub n_obs: Option<i32>,
    /// Mean flux density, mJy.
    pub mean_flux_mjy: Option<f64>,
    /// Standard deviation of the flux density, mJy.
    pub std_flux_mjy: Option<f64>,
    /// Lowest flux density, mJy.
    pub min_flux_mjy: Option<f64>,
    /// Highest flux density, mJy.
    pub max_flux_mjy: Option<f64>,
    /// Reduced chi-square for a constant flux density.
    pub chi2_nu: Option<f64>,
    /// Largest deviation from the mean, in standard deviations.
    pub sigma_deviation: Option<f64>,
    /// When the last measurement was made.
    pub last_measured_at: Option<UnixTime>,
    /// Epoch of the last observation, MJD.
    pub last_mjd: Option<f64>,
    /// When the statistics were computed.
    pub updated_at: UnixTime,
    /// Variability metric η: scatter weighted by the uncertainties.
    pub eta_metric: Option<f64>,
    /// Variability metric V: standard deviation over mean.
    pub v_metric: Option<f64>,
    /// The HEALPix cell of its position, nested, of order 29; null where it has not been worked out yet.
    pub healpix: Option<i64>,
    /// Candidates flagged on these statistics.
    #[sea_orm(has_many)]
    pub ese_candidates: HasMany<super::ese_candidate::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
