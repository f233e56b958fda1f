//! Alerts.

use super::{AlertPriority, AlertStatus};
use crate::prelude::*;

/// An alert about a detection by one delivery channel.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "alerts")]
pub struct Model {
    /// Key of the alert.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The detection it is about.
    pub detection_id: Uuid,
    /// Delivery channel: `email`, `webhook`, `slack`, `sms` or `dashboard`.
    #[sea_orm(column_type = "String(StringLen::N(50))")]
    pub alert_type: String,
    /// How urgent it is.
    #[sea_orm(default_value = "medium")]
    pub priority: AlertPriority,
    /// Its title.
    #[sea_orm(column_type = "String(StringLen::N(200))")]
    pub title: String,
    /// Its text.
    #[sea_orm(column_type = "Text")]
    pub message: String,
    /// Rule, recipients, confidence and answer of the channel, a JSON object.
    #[sea_orm(column_type = "JsonBinary")]
    pub alert_metadata: Option<Json>,
    /// How far its delivery has come.
    #[sea_orm(default_value = "pending")]
    pub status: AlertStatus,
    /// When it was handed over to the channel.
    pub sent_at: Option<DateTimeUtc>,
    /// How often its delivery was tried.
    #[sea_orm(default_value = 0)]
    pub delivery_attempts: i32,
    /// The last error of its delivery.
    #[sea_orm(column_type = "Text")]
    pub error_message: Option<String>,
    /// When the row was made. Never changed afterwards.
    pub created_at: DateTimeUtc,
    /// When the row was changed last.
    pub updated_at: DateTimeUtc,
    /// The detection it is about.
    #[sea_orm(belongs_to, from = "detection_id", to = "id", on_delete = "Restrict")]
    pub detection: BelongsTo<super::detection::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
