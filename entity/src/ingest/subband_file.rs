//! Subband files.

use crate::prelude::*;

/// A raw UVH5 file: one subband of an observation group. Written when the file is discovered.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "subband_files")]
pub struct Model {
    /// Number of the file in this database.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The observation group it belongs to.
    #[sea_orm(unique_key = "group_subband", column_type = "Text")]
    pub group_id: String,
    /// Index of the subband, 0 to 15.
    #[sea_orm(unique_key = "group_subband")]
    pub subband_idx: i32,
    /// The file.
    #[sea_orm(unique, column_type = "Text")]
    pub file_path: String,
    /// Size of the file, bytes.
    pub file_size: Option<i64>,
    /// When the file was discovered.
    pub discovered_at: UnixTime,
    /// The observation group it belongs to.
    #[sea_orm(belongs_to, from = "group_id", to = "group_id")]
    pub ingest_group: BelongsTo<super::ingest_group::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
