//! Batch jobs.

use super::{BatchJobType, BatchStatus};
use crate::prelude::*;

/// The same work on many things.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "batch_jobs")]
pub struct Model {
    /// Number of the batch in this database.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// What is to be done to each.
    #[sea_orm(column_name = "type")]
    pub kind: BatchJobType,
    /// When it was asked for.
    pub created_at: UnixTime,
    /// How far it has come.
    pub status: BatchStatus,
    /// Number of things to work on.
    pub total_items: i32,
    /// Number of things done.
    #[sea_orm(default_value = 0)]
    pub completed_items: Option<i32>,
    /// Number of things that failed.
    #[sea_orm(default_value = 0)]
    pub failed_items: Option<i32>,
    /// What it was told.
    pub params: Option<JsonText>,
    /// The things it works on.
    #[sea_orm(has_many)]
    pub items: HasMany<super::batch_job_item::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
