//! Calibrator solves that hold up science data.

use super::FenceStatus;
use crate::prelude::*;

/// A calibrator that is being solved: science data of the same time wait until it is done. Written by
/// the calibration stage.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "calibration_fence")]
pub struct Model {
    /// Number of the fence in this database.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Measurement set of the calibrator.
    #[sea_orm(column_type = "Text")]
    pub calibrator_ms: String,
    /// When the solve began.
    pub started_at: UnixTime,
    /// When the solve ended.
    pub completed_at: Option<UnixTime>,
    /// How far the solve is.
    #[sea_orm(default_value = "in_progress")]
    pub status: FenceStatus,
    /// The set of calibration tables that it makes.
    #[sea_orm(column_type = "Text")]
    pub set_name: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
