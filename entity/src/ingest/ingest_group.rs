//! Observation groups in the queue of the converter.

use super::IngestState;
use crate::prelude::*;

/// An observation group: up to 16 subband files of one observation, on its way through the converter.
/// Written by the streaming converter.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "ingest_queue")]
pub struct Model {
    /// Start of the observation, UTC, as `YYYY-MM-DDTHH:MM:SS`.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub group_id: String,
    /// Where it is in the queue.
    pub state: IngestState,
    /// When its first subband was seen.
    pub received_at: UnixTime,
    /// When the row changed last.
    pub last_update: UnixTime,
    /// Number of subbands that completes it.
    #[sea_orm(default_value = 16)]
    pub expected_subbands: Option<i32>,
    /// Whether a calibrator is in the field; null until that is checked.
    pub has_calibrator: Option<bool>,
    /// Calibrators in the field: an array of names, or of objects with `name`, `ra_deg`, `dec_deg` and
    /// `separation_deg`, degrees.
    pub calibrators: Option<JsonText>,
    /// Number of retries.
    #[sea_orm(default_value = 0)]
    pub retry_count: Option<i32>,
    /// Why it failed, for people to read.
    #[sea_orm(column_type = "Text")]
    pub error_message: Option<String>,
    /// Why it failed, as the streaming converter reports it; counts where there is no `error_message`.
    #[sea_orm(column_type = "Text")]
    pub error: Option<String>,
    /// File from which the conversion can be resumed.
    #[sea_orm(column_type = "Text")]
    pub checkpoint_path: Option<String>,
    /// What is being done with it, such as `converting`, `calibrating` or `imaging`.
    #[sea_orm(default_value = "collecting", column_type = "Text")]
    pub processing_stage: Option<String>,
    /// Length of its data, minutes; nominally 5.
    pub chunk_minutes: Option<f64>,
    /// Its subband files.
    #[sea_orm(has_many)]
    pub subband_files: HasMany<super::subband_file::Entity>,
    /// How long each stage of its processing took.
    #[sea_orm(has_one)]
    pub performance_metric: HasOne<super::performance_metric::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
