//! Data products.

use super::{
    DataFinalizationStatus, DataPhotometryStatus, DataQaStatus, DataStatus, DataType,
    DataValidationStatus, PublishMode,
};
use crate::prelude::*;

/// A data product on its way from staging to publication. Written by the stage that makes it and by the
/// publisher.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "data_registry")]
pub struct Model {
    /// Number of the product in this database.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// What it is.
    #[sea_orm(unique_key = "type_id")]
    pub data_type: DataType,
    /// Its name.
    #[sea_orm(unique, unique_key = "type_id", column_type = "Text")]
    pub data_id: String,
    /// The directory below which it lies.
    #[sea_orm(column_type = "Text")]
    pub base_path: String,
    /// How far its publication is.
    #[sea_orm(default_value = "staging")]
    pub status: DataStatus,
    /// Where it was staged.
    #[sea_orm(column_type = "Text")]
    pub stage_path: String,
    /// Where it is published.
    #[sea_orm(column_type = "Text")]
    pub published_path: Option<String>,
    /// When it was made.
    pub created_at: UnixTime,
    /// When it was staged.
    pub staged_at: UnixTime,
    /// When it was published.
    pub published_at: Option<UnixTime>,
    /// Who decided to publish it.
    pub publish_mode: Option<PublishMode>,
    /// What else is known about it.
    pub metadata_json: Option<JsonText>,
    /// How far its quality assessment is.
    pub qa_status: Option<DataQaStatus>,
    /// How far its validation is.
    pub validation_status: Option<DataValidationStatus>,
    /// Whether it is final; only then is it published automatically.
    #[sea_orm(default_value = "pending")]
    pub finalization_status: Option<DataFinalizationStatus>,
    /// Whether it may be published automatically.
    #[sea_orm(default_value = true)]
    pub auto_publish_enabled: Option<bool>,
    /// Number of attempts to publish it.
    #[sea_orm(default_value = 0)]
    pub publish_attempts: Option<i32>,
    /// Why the last attempt failed; at most 500 characters.
    #[sea_orm(column_type = "Text")]
    pub publish_error: Option<String>,
    /// How far its photometry is.
    pub photometry_status: Option<DataPhotometryStatus>,
    /// The job that measures its photometry.
    #[sea_orm(column_type = "Text")]
    pub photometry_job_id: Option<String>,
    /// Relationships in which it is the parent.
    #[sea_orm(has_many, relation_enum = "Children", via_rel = "Parent")]
    pub children: HasMany<super::data_relationship::Entity>,
    /// Relationships in which it is the child.
    #[sea_orm(has_many, relation_enum = "Parents", via_rel = "Child")]
    pub parents: HasMany<super::data_relationship::Entity>,
    /// Its tags.
    #[sea_orm(has_many)]
    pub tags: HasMany<super::data_tag::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
