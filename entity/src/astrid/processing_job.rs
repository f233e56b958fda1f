//! Processing jobs.

use super::ProcessingJobStatus;
use crate::prelude::*;

/// A job of the work queue, waiting, at work or done.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "processing_jobs")]
pub struct Model {
    /// Key of the job.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Kind of work: `ingest`, `preprocess`, `difference`, `inference`, `validate` or `notify`.
    #[sea_orm(column_type = "String(StringLen::N(50))")]
    pub job_type: String,
    /// The row to work on.
    pub entity_id: Uuid,
    /// What the row is: `survey`, `observation`, `preprocess_run`, `difference_run`, `model_run`,
    /// `detection` or `alert`.
    #[sea_orm(column_type = "String(StringLen::N(50))")]
    pub entity_type: String,
    /// How far the job has come.
    #[sea_orm(default_value = "pending")]
    pub status: ProcessingJobStatus,
    /// Priority. Larger runs first.
    #[sea_orm(default_value = 0)]
    pub priority: i32,
    /// Groups the jobs of one pass of the pipeline.
    #[sea_orm(column_type = "String(StringLen::N(100))")]
    pub workflow_id: Option<String>,
    /// Identifier of the task outside the pipeline.
    #[sea_orm(column_type = "String(StringLen::N(100))")]
    pub task_id: Option<String>,
    /// How many retries were used.
    #[sea_orm(default_value = 0)]
    pub retry_count: i32,
    /// How many retries it may use, from 0 to 10.
    #[sea_orm(default_value = 3)]
    pub max_retries: i32,
    /// When it may be claimed at the earliest.
    pub scheduled_at: DateTimeUtc,
    /// When it was claimed last.
    pub started_at: Option<DateTimeUtc>,
    /// When it came to an end.
    pub completed_at: Option<DateTimeUtc>,
    /// The last error.
    #[sea_orm(column_type = "Text")]
    pub error_message: Option<String>,
    /// Attempt, kind and detail of the last failures, a JSON object.
    #[sea_orm(column_type = "JsonBinary")]
    pub error_details: Option<Json>,
    /// The worker that holds or last held it.
    #[sea_orm(column_type = "String(StringLen::N(100))")]
    pub claimed_by: Option<String>,
    /// Token of the current claim.
    pub claim_token: Option<Uuid>,
    /// When its worker was last heard of.
    pub heartbeat_at: Option<DateTimeUtc>,
    /// When the claim becomes void.
    pub lease_expires_at: Option<DateTimeUtc>,
    /// When the row was made. Never changed afterwards.
    pub created_at: DateTimeUtc,
    /// When the row was changed last.
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
