//! Where the pipeline keeps its files.

use super::StorageStatus;
use crate::prelude::*;

/// A directory or file in which the pipeline keeps something.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "storage_locations")]
pub struct Model {
    /// Number of the place in this database.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// What is kept there, such as `ms_files`, `images` or `hdf5_incoming`.
    #[sea_orm(unique_key = "type_path", column_type = "Text")]
    pub location_type: String,
    /// The directory or file.
    #[sea_orm(unique_key = "type_path", column_type = "Text")]
    pub base_path: String,
    /// What it is for.
    #[sea_orm(column_type = "Text")]
    pub description: Option<String>,
    /// When it was registered.
    pub registered_at: UnixTime,
    /// Whether it is in use.
    #[sea_orm(default_value = "active")]
    pub status: Option<StorageStatus>,
    /// Remarks.
    #[sea_orm(column_type = "Text")]
    pub notes: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
