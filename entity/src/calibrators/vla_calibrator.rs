//! VLA calibrators.

use super::VlaQualityCode;
use crate::prelude::*;

/// A calibrator from the VLA calibrator list.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "vla_calibrators")]
pub struct Model {
    /// Number of the calibrator in this database.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Name of the calibrator.
    #[sea_orm(unique, column_type = "Text")]
    pub name: String,
    /// Right ascension, degrees, ICRS.
    pub ra_deg: f64,
    /// Declination, degrees, ICRS.
    pub dec_deg: f64,
    /// Flux density, Jy.
    pub flux_jy: Option<f64>,
    /// Frequency of the flux density, GHz.
    pub flux_freq_ghz: Option<f64>,
    /// How good a calibrator it is at 20 cm.
    pub code_20_cm: Option<VlaQualityCode>,
    /// When it was registered.
    pub registered_at: UnixTime,
    /// Remarks.
    #[sea_orm(column_type = "Text")]
    pub notes: Option<String>,
    /// The HEALPix cell of its position, nested, of order 29; null where it has not been worked out yet.
    pub healpix: Option<i64>,
    /// Its flux densities.
    #[sea_orm(has_many)]
    pub fluxes: HasMany<super::vla_flux::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
