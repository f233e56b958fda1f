//! What batch jobs work on.

use super::BatchStatus;
use crate::prelude::*;

/// One thing that a batch job works on.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "batch_job_items")]
pub struct Model {
    /// Number of the item in this database.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The batch it belongs to.
    pub batch_id: i64,
    /// What it is: a measurement set, time window, image position, source or data product.
    #[sea_orm(column_type = "Text")]
    pub ms_path: String,
    /// The job that works on it: `id` of the jobs.
    pub job_id: Option<i64>,
    /// How far it has come.
    pub status: BatchStatus,
    /// Why it failed.
    #[sea_orm(column_type = "Text")]
    pub error: Option<String>,
    /// When its work began.
    pub started_at: Option<UnixTime>,
    /// When its work ended.
    pub completed_at: Option<UnixTime>,
    /// The data product it yields: `data_id` of the data registry.
    #[sea_orm(column_type = "Text")]
    pub data_id: Option<String>,
    /// The batch it belongs to.
    #[sea_orm(belongs_to, from = "batch_id", to = "id")]
    pub batch: BelongsTo<super::batch_job::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
