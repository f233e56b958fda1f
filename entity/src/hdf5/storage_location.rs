//! Directories with raw data.

use crate::prelude::*;

/// A directory that holds raw subband files.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "storage_locations")]
pub struct Model {
    /// Number of the location in this database.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Name of the location.
    #[sea_orm(unique, column_type = "Text")]
    pub name: String,
    /// Its directory.
    #[sea_orm(column_type = "Text")]
    pub path: String,
    /// What it is for.
    #[sea_orm(column_type = "Text")]
    pub description: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
