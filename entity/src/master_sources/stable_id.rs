//! Sources approved for reference.

use crate::prelude::*;

/// A source approved by hand as a final reference. The list is optional: where it is empty, every source
/// that qualifies is approved.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "stable_ids")]
pub struct Model {
    /// NVSS designation of the source.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub source_id: String,
}

impl ActiveModelBehavior for ActiveModel {}
