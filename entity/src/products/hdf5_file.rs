//! A copy of the index of raw subband files.

use crate::prelude::*;

/// A raw subband file, in a copy of the index. The index itself is in the `hdf5` database.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "hdf5_file_index")]
pub struct Model {
    /// The file.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub path: String,
    /// Its name without directories.
    #[sea_orm(column_type = "Text")]
    pub filename: String,
    /// Timestamp of the file, which may differ by seconds within an observation.
    #[sea_orm(column_type = "Text")]
    pub group_id: String,
    /// Its subband, `sb00` to `sb15`.
    #[sea_orm(column_type = "Text")]
    pub subband_code: String,
    /// Start of the observation, ISO 8601, UTC.
    #[sea_orm(column_type = "Text")]
    pub timestamp_iso: Option<String>,
    /// Start of the observation, MJD.
    pub timestamp_mjd: Option<f64>,
    /// Its size, bytes.
    pub file_size_bytes: Option<i64>,
    /// When the file was changed last.
    pub modified_time: Option<UnixTime>,
    /// When it was put into the index.
    pub indexed_at: UnixTime,
    /// Whether the file is still on disk.
    #[sea_orm(default_value = true)]
    pub stored: Option<bool>,
}

impl ActiveModelBehavior for ActiveModel {}
