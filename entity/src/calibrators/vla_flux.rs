//! Flux densities of VLA calibrators.

use crate::prelude::*;

/// The flux density of a VLA calibrator at one frequency.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "vla_flux_info")]
pub struct Model {
    /// Number of the row in this database.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The calibrator.
    #[sea_orm(unique_key = "calibrator_frequency")]
    pub vla_calibrator_id: i64,
    /// Frequency, GHz.
    #[sea_orm(unique_key = "calibrator_frequency")]
    pub frequency_ghz: f64,
    /// Flux density, Jy.
    pub flux_jy: f64,
    /// Uncertainty of the flux density, Jy.
    pub flux_uncertainty: Option<f64>,
    /// Date of the measurement, `YYYY-MM-DD`.
    #[sea_orm(column_type = "Text")]
    pub measurement_date: Option<String>,
    /// The calibrator.
    #[sea_orm(belongs_to, from = "vla_calibrator_id", to = "id")]
    pub vla_calibrator: BelongsTo<super::vla_calibrator::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
