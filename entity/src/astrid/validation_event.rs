//! Validation events.

use super::{ConfidenceLevel, QualityLevel};
use crate::prelude::*;

/// A reviewer's vote on a detection: one for each reviewer, who may change it.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "validation_events")]
pub struct Model {
    /// Key of the vote.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The detection voted on.
    #[sea_orm(unique_key = "detection_validator")]
    pub detection_id: Uuid,
    /// The reviewer.
    #[sea_orm(unique_key = "detection_validator", column_type = "String(StringLen::N(100))")]
    pub validator_id: String,
    /// Whether the reviewer takes the detection for real.
    pub is_valid: bool,
    /// What the reviewer takes it for.
    #[sea_orm(column_type = "String(StringLen::N(50))")]
    pub label: Option<String>,
    /// How sure the reviewer is.
    pub confidence_level: Option<ConfidenceLevel>,
    /// What the reviewer remarks.
    #[sea_orm(column_type = "Text")]
    pub notes: Option<String>,
    /// Tags, a JSON array of strings.
    #[sea_orm(column_type = "JsonBinary")]
    pub tags: Option<Json>,
    /// Quality of the image.
    pub image_quality: Option<QualityLevel>,
    /// Quality of the detection.
    pub detection_quality: Option<QualityLevel>,
    /// When the row was made. Never changed afterwards.
    pub created_at: DateTimeUtc,
    /// When the row was changed last.
    pub updated_at: DateTimeUtc,
    /// The detection voted on.
    #[sea_orm(belongs_to, from = "detection_id", to = "id", on_delete = "Restrict")]
    pub detection: BelongsTo<super::detection::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
