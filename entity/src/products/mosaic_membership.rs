//! Which measurement set belongs to which mosaic group.

use crate::prelude::*;

/// A measurement set's place in a mosaic group. Neighbouring groups share measurement sets.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "mosaic_ms_membership")]
pub struct Model {
    /// The measurement set.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub ms_path: String,
    /// The group: `group_id` of the mosaic groups.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub mosaic_group_id: String,
    /// Its place in the group, in order of time.
    pub position_in_group: i32,
}

impl ActiveModelBehavior for ActiveModel {}
