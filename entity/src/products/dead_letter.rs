//! Operations that failed and wait for somebody to care.

use super::DeadLetterStatus;
use crate::prelude::*;

/// An operation that failed and waits to be retried or resolved.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "dead_letter_queue")]
pub struct Model {
    /// Number of the failure in this database.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The part of the pipeline that failed.
    #[sea_orm(column_type = "Text")]
    pub component: String,
    /// What it was doing.
    #[sea_orm(column_type = "Text")]
    pub operation: String,
    /// Kind of the error.
    #[sea_orm(column_type = "Text")]
    pub error_type: String,
    /// Text of the error.
    #[sea_orm(column_type = "Text")]
    pub error_message: Option<String>,
    /// What is needed to try again.
    pub context_json: Option<JsonText>,
    /// When it failed.
    pub created_at: UnixTime,
    /// Number of further attempts.
    #[sea_orm(default_value = 0)]
    pub retry_count: Option<i32>,
    /// What became of it.
    #[sea_orm(default_value = "pending")]
    pub status: Option<DeadLetterStatus>,
    /// When it was resolved.
    pub resolved_at: Option<UnixTime>,
    /// How it was resolved.
    #[sea_orm(column_type = "Text")]
    pub resolution_note: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
