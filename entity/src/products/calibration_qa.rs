//! Quality of calibrations.

use super::{QualityGrade, Severity};
use crate::prelude::*;

/// How good the calibration of a measurement set is.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "calibration_qa")]
pub struct Model {
    /// Number of the assessment in this database.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The measurement set assessed.
    #[sea_orm(column_type = "Text")]
    pub ms_path: String,
    /// The job that assessed it: `id` of the jobs.
    pub job_id: Option<i64>,
    /// Metrics of the delay solutions.
    pub k_metrics: Option<JsonText>,
    /// Metrics of the bandpass solutions.
    pub bp_metrics: Option<JsonText>,
    /// Metrics of the gain solutions.
    pub g_metrics: Option<JsonText>,
    /// Grade of the calibration.
    pub overall_quality: Option<QualityGrade>,
    /// Fraction of the solutions flagged, 0 to 1.
    pub flags_total: Option<f64>,
    /// Statistics of each spectral window.
    pub per_spw_stats: Option<JsonText>,
    /// When it was assessed.
    pub timestamp: Option<UnixTime>,
    /// Whether the calibration may be used.
    pub passed: Option<bool>,
    /// How serious the worst finding is.
    pub severity: Option<Severity>,
    /// Grade of the whole assessment.
    pub overall_grade: Option<QualityGrade>,
    /// Number of warnings.
    #[sea_orm(default_value = 0)]
    pub n_warnings: Option<i32>,
    /// Number of errors.
    #[sea_orm(default_value = 0)]
    pub n_errors: Option<i32>,
    /// Mean fraction flagged, 0 to 1.
    pub avg_flag_fraction: Option<f64>,
    /// How long the assessment took, seconds.
    pub assessment_time_s: Option<f64>,
    /// The assessment in full.
    pub result_json: Option<JsonText>,
    /// When the row was made.
    pub created_at: Option<UnixTime>,
}

impl ActiveModelBehavior for ActiveModel {}
