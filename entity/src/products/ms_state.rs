//! States of measurement sets.

use super::ProcessingState;
use crate::prelude::*;

/// The state of a measurement set in the pipeline's state machine.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "ms_state")]
pub struct Model {
    /// The measurement set.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub ms_path: String,
    /// The state it is in.
    pub current_state: ProcessingState,
    /// The state it was in before.
    pub previous_state: Option<ProcessingState>,
    /// When it came to its state.
    pub transition_time: UnixTime,
    /// Number of further attempts after failures.
    #[sea_orm(default_value = 0)]
    pub retry_count: Option<i32>,
    /// Why it failed.
    #[sea_orm(column_type = "Text")]
    pub error_message: Option<String>,
    /// Where to resume.
    pub checkpoint_data: Option<JsonText>,
    /// When it was first tracked.
    pub created_at: UnixTime,
}

impl ActiveModelBehavior for ActiveModel {}
