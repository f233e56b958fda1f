//! Alerts about transient candidates.

use super::{AlertLevel, FollowUpStatus};
use crate::prelude::*;

/// An alert about a transient candidate, for somebody to acknowledge.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "transient_alerts")]
pub struct Model {
    /// Number of the alert in this database.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The candidate it is about.
    pub candidate_id: i64,
    /// How significant the candidate is.
    pub alert_level: AlertLevel,
    /// Its text.
    #[sea_orm(column_type = "Text")]
    pub alert_message: String,
    /// When it was made.
    pub created_at: UnixTime,
    /// Whether somebody acknowledged it.
    #[sea_orm(default_value = false)]
    pub acknowledged: Option<bool>,
    /// When it was acknowledged.
    pub acknowledged_at: Option<UnixTime>,
    /// Who acknowledged it.
    #[sea_orm(column_type = "Text")]
    pub acknowledged_by: Option<String>,
    /// How the follow-up stands.
    pub follow_up_status: Option<FollowUpStatus>,
    /// Remarks.
    #[sea_orm(column_type = "Text")]
    pub notes: Option<String>,
    /// The candidate it is about.
    #[sea_orm(belongs_to, from = "candidate_id", to = "id")]
    pub candidate: BelongsTo<super::transient_candidate::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
