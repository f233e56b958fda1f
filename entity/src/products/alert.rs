//! Alerts sent.

use super::{AlertType, Severity};
use crate::prelude::*;

/// An alert that was sent, or could not be delivered.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "alert_history")]
pub struct Model {
    /// Number of the alert in this database.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// What it is about: a source, or the name of a calibrator or service.
    #[sea_orm(column_type = "Text")]
    pub source_id: String,
    /// What gave rise to it.
    pub alert_type: AlertType,
    /// How serious it is.
    pub severity: Severity,
    /// Its text.
    #[sea_orm(column_type = "Text")]
    pub message: String,
    /// When it was sent.
    pub sent_at: UnixTime,
    /// Where it was sent, such as `#ese-alerts`.
    #[sea_orm(column_type = "Text")]
    pub channel: Option<String>,
    /// Whether it was delivered.
    #[sea_orm(default_value = true)]
    pub success: Option<bool>,
    /// Why it was not delivered.
    #[sea_orm(column_type = "Text")]
    pub error_msg: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
