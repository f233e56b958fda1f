//! Raw subband files.

use crate::prelude::*;

/// A raw UVH5 file of one subband. Written when the incoming data are indexed.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "hdf5_file_index")]
pub struct Model {
    /// The file.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub path: String,
    /// Its name without the directory.
    #[sea_orm(column_type = "Text")]
    pub filename: String,
    /// Its own timestamp, UTC, as `YYYY-MM-DDTHH:MM:SS`; the files of one observation can differ by
    /// seconds.
    #[sea_orm(column_type = "Text")]
    pub group_id: String,
    /// Its subband, `sb00` to `sb15`.
    #[sea_orm(column_type = "Text")]
    pub subband_code: String,
    /// Start of the observation, UTC, as ISO 8601 text.
    #[sea_orm(column_type = "Text")]
    pub timestamp_iso: String,
    /// Start of the observation, MJD.
    pub timestamp_mjd: f64,
    /// Size of the file, bytes.
    pub file_size_bytes: Option<i64>,
    /// When the file was written last.
    pub modified_time: Option<UnixTime>,
    /// When it was indexed.
    pub indexed_at: Option<UnixTime>,
    /// Whether the file is still on disk.
    #[sea_orm(default_value = true)]
    pub stored: Option<bool>,
    /// Index of its subband, 0 to 15.
    pub subband_num: Option<i32>,
    /// Right ascension of the pointing centre, degrees, ICRS; only for `sb00`.
    pub ra_deg: Option<f64>,
    /// Declination of the pointing centre, degrees, ICRS; only for `sb00`.
    pub dec_deg: Option<f64>,
    /// Date of the observation, UTC, as `YYYY-MM-DD`; only for `sb00`.
    #[sea_orm(column_type = "Text")]
    pub obs_date: Option<String>,
    /// Time of the observation, UTC, as `HH:MM:SS`; only for `sb00`.
    #[sea_orm(column_type = "Text")]
    pub obs_time: Option<String>,
    /// The HEALPix cell of its position, nested, of order 29; null where it has not been worked out yet.
    pub healpix: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
