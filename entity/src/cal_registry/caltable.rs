//! Calibration tables.

use super::{CaltableStatus, CaltableType};
use crate::prelude::*;

/// A calibration table and the time for which it is valid. Written by the calibration solver.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "caltables")]
pub struct Model {
    /// Number of the calibration table in this database.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The set of tables from one solve, such as `bp_3c286_60238`.
    #[sea_orm(column_type = "Text")]
    pub set_name: String,
    /// Its directory: a CASA table.
    #[sea_orm(unique, column_type = "Text")]
    pub path: String,
    /// What it corrects.
    pub table_type: CaltableType,
    /// Its place in the order of application; smaller comes first. Counts only inside one set.
    pub order_index: i32,
    /// Start of its validity, MJD; null where it is open.
    pub valid_start_mjd: Option<f64>,
    /// End of its validity, MJD; null where it is open.
    pub valid_end_mjd: Option<f64>,
    /// When it was registered.
    pub created_at: UnixTime,
    /// Whether it may be applied: true while its status is `active`.
    #[sea_orm(default_value = true)]
    pub active: Option<bool>,
    /// Whether it may be applied, and why not.
    #[sea_orm(default_value = "active")]
    pub status: CaltableStatus,
    /// Field of the calibrator it was solved on.
    #[sea_orm(column_type = "Text")]
    pub cal_field: Option<String>,
    /// Reference antenna.
    #[sea_orm(column_type = "Text")]
    pub refant: Option<String>,
    /// Remarks, such as why it was retired.
    #[sea_orm(column_type = "Text")]
    pub notes: Option<String>,
    /// The measurement set it was solved on: `path` of a measurement set of the products.
    #[sea_orm(column_type = "Text")]
    pub source_ms_path: Option<String>,
    /// The command that solved it.
    #[sea_orm(column_type = "Text")]
    pub solver_command: Option<String>,
    /// Version of the software that solved it.
    #[sea_orm(column_type = "Text")]
    pub solver_version: Option<String>,
    /// Parameters of the solver.
    pub solver_params: Option<JsonText>,
    /// Quality of the solutions: `snr_median`, `snr_min`, `snr_mean`, `flagged_fraction`, `n_antennas`,
    /// `n_solutions`.
    pub quality_metrics: Option<JsonText>,
    /// Its applications to measurement sets.
    #[sea_orm(has_many)]
    pub applications: HasMany<super::calibration_applied::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
