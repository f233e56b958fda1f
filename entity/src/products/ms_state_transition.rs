//! History of the states of measurement sets.

use super::ProcessingState;
use crate::prelude::*;

/// A step of a measurement set from one state to another.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "ms_state_transitions")]
pub struct Model {
    /// Number of the step in this database.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The measurement set.
    #[sea_orm(column_type = "Text")]
    pub ms_path: String,
    /// The state it left.
    pub from_state: ProcessingState,
    /// The state it came to.
    pub to_state: ProcessingState,
    /// When.
    pub timestamp: UnixTime,
    /// Whether the step succeeded.
    pub success: bool,
    /// Why it failed.
    #[sea_orm(column_type = "Text")]
    pub error_message: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
