//! Jobs of the pipeline.

use super::{JobStatus, JobType};
use crate::prelude::*;

/// A piece of work of the pipeline, mostly on one measurement set.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "jobs")]
pub struct Model {
    /// Number of the job in this database.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// What is to be done.
    #[sea_orm(column_name = "type")]
    pub kind: JobType,
    /// How far it has come.
    #[sea_orm(default_value = "pending")]
    pub status: JobStatus,
    /// The measurement set it works on; empty where it works on none.
    #[sea_orm(column_type = "Text")]
    pub ms_path: String,
    /// Name of the run, such as `job-2025-10-02-001230`.
    #[sea_orm(column_type = "Text")]
    pub run_id: Option<String>,
    /// What it was told.
    pub params: Option<JsonText>,
    /// What it made.
    pub artifacts: Option<JsonText>,
    /// What it reported, a line each.
    #[sea_orm(column_type = "Text")]
    pub logs: Option<String>,
    /// When it was asked for.
    pub created_at: UnixTime,
    /// When it began.
    pub started_at: Option<UnixTime>,
    /// When it ended, well or badly.
    pub finished_at: Option<UnixTime>,
}

impl ActiveModelBehavior for ActiveModel {}
