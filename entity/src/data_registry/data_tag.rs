//! Tags of data products.

use crate::prelude::*;

/// A word that people put on a data product.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "data_tags")]
pub struct Model {
    /// Number of the tag in this database.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Name of the product.
    #[sea_orm(unique_key = "data_tag", column_type = "Text")]
    pub data_id: String,
    /// The word.
    #[sea_orm(unique_key = "data_tag", column_type = "Text")]
    pub tag: String,
    /// The product.
    #[sea_orm(belongs_to, from = "data_id", to = "data_id")]
    pub data_product: BelongsTo<super::data_product::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
