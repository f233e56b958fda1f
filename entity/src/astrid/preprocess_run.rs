//! Preprocessing runs.

use super::PreprocessRunStatus;
use crate::prelude::*;

/// A preprocessing pass over an observation. A retry reuses its row.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "preprocess_runs")]
pub struct Model {
    /// Key of the run.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The observation preprocessed.
    pub observation_id: Uuid,
    /// How far the run has come.
    #[sea_orm(default_value = "pending")]
    pub status: PreprocessRunStatus,
    /// Whether bias, dark and flat corrections were applied.
    #[sea_orm(default_value = false)]
    pub calibration_applied: bool,
    /// Whether a world-coordinate solution was applied.
    #[sea_orm(default_value = false)]
    pub wcs_aligned: bool,
    /// Quality of the registration, from 0 to 1.
    #[sea_orm(column_type = "Decimal(Some((5, 3)))")]
    pub registration_quality: Option<Decimal>,
    /// Object-store key of the processed image.
    #[sea_orm(column_type = "String(StringLen::N(500))")]
    pub processed_fits_path: Option<String>,
    /// Keywords of the world-coordinate solution: ctype, crpix, crval, cdelt, cd, pc.
    #[sea_orm(column_type = "JsonBinary")]
    pub wcs_info: Option<Json>,
    /// When the run started. A retry clears it.
    pub started_at: Option<DateTimeUtc>,
    /// When the run ended, well or badly.
    pub completed_at: Option<DateTimeUtc>,
    /// How long it took, whole seconds, rounded up.
    pub processing_time_seconds: Option<i32>,
    /// The last error, kept through retries.
    #[sea_orm(column_type = "Text")]
    pub error_message: Option<String>,
    /// How many retries were used.
    #[sea_orm(default_value = 0)]
    pub retry_count: i32,
    /// When the row was made. Never changed afterwards.
    pub created_at: DateTimeUtc,
    /// When the row was changed last.
    pub updated_at: DateTimeUtc,
    /// The observation preprocessed.
    #[sea_orm(belongs_to, from = "observation_id", to = "id", on_delete = "Restrict")]
    pub observation: BelongsTo<super::observation::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
