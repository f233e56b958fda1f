//! Processing times.

use super::WriterType;
use crate::prelude::*;

/// How long each stage of processing took for an observation group. Written by the converter and by the
/// stages after it.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "performance_metrics")]
pub struct Model {
    /// Number of the row in this database.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The observation group.
    #[sea_orm(unique, column_type = "Text")]
    pub group_id: String,
    /// How the measurement set was written.
    pub writer_type: Option<WriterType>,
    /// Conversion to a measurement set, seconds.
    pub conversion_time: Option<f64>,
    /// Concatenation of the subbands, seconds.
    pub concat_time: Option<f64>,
    /// Delay solution, seconds.
    pub k_solve_time: Option<f64>,
    /// Bandpass solution, seconds.
    pub bp_solve_time: Option<f64>,
    /// Gain solution, seconds.
    pub g_solve_time: Option<f64>,
    /// Imaging, seconds.
    pub imaging_time: Option<f64>,
    /// Photometry, seconds.
    pub photometry_time: Option<f64>,
    /// All stages together, seconds.
    pub total_time: Option<f64>,
    /// When the times were recorded.
    pub recorded_at: UnixTime,
    /// Reading the subband files, a part of the conversion, seconds.
    pub load_time: Option<f64>,
    /// Phasing the visibilities, a part of the conversion, seconds.
    pub phase_time: Option<f64>,
    /// Writing the measurement set, a part of the conversion, seconds.
    pub write_time: Option<f64>,
    /// The observation group.
    #[sea_orm(belongs_to, from = "group_id", to = "group_id")]
    pub ingest_group: BelongsTo<super::ingest_group::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
