//! Groups of measurement sets that become mosaics.

use super::MosaicGroupStatus;
use crate::prelude::*;

/// Measurement sets that are calibrated, imaged and put together into one mosaic.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "mosaic_groups")]
pub struct Model {
    /// Name of the group.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub group_id: String,
    /// The mosaic made of it.
    #[sea_orm(column_type = "Text")]
    pub mosaic_id: Option<String>,
    /// Its measurement sets: a list of paths, or paths separated by commas.
    pub ms_paths: JsonText,
    /// The measurement set its calibration was solved on.
    #[sea_orm(column_type = "Text")]
    pub calibration_ms_path: Option<String>,
    /// Whether the bandpass was solved.
    #[sea_orm(default_value = false)]
    pub bpcal_solved: Option<bool>,
    /// Whether the gains were solved.
    #[sea_orm(default_value = false)]
    pub gaincal_solved: Option<bool>,
    /// When the group was formed.
    pub created_at: UnixTime,
    /// When it was calibrated.
    pub calibrated_at: Option<UnixTime>,
    /// When it was imaged.
    pub imaged_at: Option<UnixTime>,
    /// When its images were put together.
    pub mosaicked_at: Option<UnixTime>,
    /// How far it has come.
    #[sea_orm(default_value = "pending")]
    pub status: Option<MosaicGroupStatus>,
    /// File of the mosaic.
    #[sea_orm(column_type = "Text")]
    pub mosaic_path: Option<String>,
    /// When it was finished.
    pub completed_at: Option<UnixTime>,
    /// Why it failed.
    #[sea_orm(column_type = "Text")]
    pub error: Option<String>,
    /// Stage of processing it is in.
    #[sea_orm(column_type = "Text")]
    pub stage: Option<String>,
    /// Whether calibration was applied.
    #[sea_orm(default_value = false)]
    pub cal_applied: Option<bool>,
}

impl ActiveModelBehavior for ActiveModel {}
