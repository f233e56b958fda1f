//! Sources watched for variability.

use super::MonitoringPriority;
use crate::prelude::*;

/// A source that is watched for variability.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "monitoring_sources")]
pub struct Model {
    /// Number of the entry in this database.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The source, by its NVSS designation.
    #[sea_orm(unique, column_type = "Text")]
    pub source_id: String,
    /// What it is called.
    #[sea_orm(column_type = "Text")]
    pub name: Option<String>,
    /// The catalogue it is from.
    #[sea_orm(column_type = "Text")]
    pub catalog: Option<String>,
    /// Right ascension, degrees, ICRS.
    pub ra_deg: f64,
    /// Declination, degrees, ICRS.
    pub dec_deg: f64,
    /// How closely it is watched.
    #[sea_orm(default_value = "normal")]
    pub priority: Option<MonitoringPriority>,
    /// Number of detections.
    #[sea_orm(default_value = 0)]
    pub n_detections: Option<i32>,
    /// Mean flux density, Jy.
    pub mean_flux_jy: Option<f64>,
    /// Standard deviation of the flux density, Jy.
    pub std_flux_jy: Option<f64>,
    /// Variability metric η: scatter weighted by the uncertainties.
    pub eta: Option<f64>,
    /// Variability metric V: standard deviation over mean.
    pub v_index: Option<f64>,
    /// Chi-square for a constant flux density.
    pub chi_squared: Option<f64>,
    /// Whether it is variable.
    #[sea_orm(default_value = false)]
    pub is_variable: Option<bool>,
    /// Whether it is a candidate for an extreme scattering event.
    #[sea_orm(default_value = false)]
    pub ese_candidate: Option<bool>,
    /// When it was detected first.
    pub first_detected_at: Option<UnixTime>,
    /// When it was detected last.
    pub last_detected_at: Option<UnixTime>,
    /// When the row was changed last.
    pub last_updated: Option<UnixTime>,
    /// Remarks.
    #[sea_orm(column_type = "Text")]
    pub notes: Option<String>,
    /// The HEALPix cell of its position, nested, of order 29; null where it has not been worked out yet.
    pub healpix: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
