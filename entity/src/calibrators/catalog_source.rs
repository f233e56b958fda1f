//! Sources of survey catalogues.

use super::CalibratorCatalog;
use crate::prelude::*;

/// A source of a survey catalogue that can serve calibration.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "catalog_sources")]
pub struct Model {
    /// Number of the source in this database.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Name of the source.
    #[sea_orm(column_type = "Text")]
    pub source_name: String,
    /// Right ascension, degrees, ICRS.
    pub ra_deg: f64,
    /// Declination, degrees, ICRS.
    pub dec_deg: f64,
    /// Flux density, Jy.
    pub flux_jy: Option<f64>,
    /// Frequency of the flux density, GHz.
    pub flux_freq_ghz: Option<f64>,
    /// Spectral index α, where S ∝ ν^α.
    pub spectral_index: Option<f64>,
    /// The catalogue.
    #[sea_orm(unique_key = "catalog_entry")]
    pub catalog: CalibratorCatalog,
    /// Its designation in the catalogue.
    #[sea_orm(unique_key = "catalog_entry", column_type = "Text")]
    pub catalog_id: Option<String>,
    /// Uncertainty of the position, arcseconds.
    pub position_uncertainty_arcsec: Option<f64>,
    /// Uncertainty of the flux density, Jy.
    pub flux_uncertainty: Option<f64>,
    /// Whether it is extended.
    #[sea_orm(default_value = false)]
    pub is_extended: Option<bool>,
    /// Major axis, arcseconds.
    pub major_axis_arcsec: Option<f64>,
    /// Minor axis, arcseconds.
    pub minor_axis_arcsec: Option<f64>,
    /// Position angle, degrees.
    pub position_angle_deg: Option<f64>,
    /// Name of the source it was identified with.
    #[sea_orm(column_type = "Text")]
    pub matched_to: Option<String>,
    /// When the row was made.
    pub created_at: UnixTime,
    /// When the row changed last.
    pub updated_at: UnixTime,
    /// The HEALPix cell of its position, nested, of order 29; null where it has not been worked out yet.
    pub healpix: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
