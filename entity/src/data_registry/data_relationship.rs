//! Relationships between data products.

use super::DataRelationshipType;
use crate::prelude::*;

/// How one data product came from another.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "data_relationships")]
pub struct Model {
    /// Number of the relationship in this database.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Name of the parent.
    #[sea_orm(unique_key = "relationship", column_type = "Text")]
    pub parent_data_id: String,
    /// Name of the child.
    #[sea_orm(unique_key = "relationship", column_type = "Text")]
    pub child_data_id: String,
    /// What relates them.
    #[sea_orm(unique_key = "relationship")]
    pub relationship_type: DataRelationshipType,
    /// The parent.
    #[sea_orm(belongs_to, relation_enum = "Parent", from = "parent_data_id", to = "data_id")]
    pub parent: BelongsTo<super::data_product::Entity>,
    /// The child.
    #[sea_orm(belongs_to, relation_enum = "Child", from = "child_data_id", to = "data_id")]
    pub child: BelongsTo<super::data_product::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
