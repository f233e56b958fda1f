//! Image products.

use super::{ImageFormat, ImageType};
use crate::prelude::*;

/// An image product: a FITS file or a CASA image made from a measurement set.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "images")]
pub struct Model {
    /// Number of the image in this database.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Its file (FITS) or directory (CASA).
    #[sea_orm(unique, column_type = "Text")]
    pub path: String,
    /// The measurement set it was made from.
    #[sea_orm(column_type = "Text")]
    pub ms_path: String,
    /// When it was made.
    pub created_at: UnixTime,
    /// What it shows.
    #[sea_orm(column_name = "type")]
    pub kind: ImageType,
    /// Its file format.
    #[sea_orm(default_value = "fits")]
    pub format: Option<ImageFormat>,
    /// Major axis of the restoring beam, FWHM, arcseconds.
    pub beam_major_arcsec: Option<f64>,
    /// Minor axis of the restoring beam, FWHM, arcseconds.
    pub beam_minor_arcsec: Option<f64>,
    /// Position angle of the restoring beam, degrees.
    pub beam_pa_deg: Option<f64>,
    /// Root mean square noise, Jy/beam.
    pub noise_jy: Option<f64>,
    /// Peak over noise.
    pub dynamic_range: Option<f64>,
    /// Whether it is corrected for the primary beam.
    #[sea_orm(default_value = false)]
    pub pbcor: Option<bool>,
    /// Field observed.
    #[sea_orm(column_type = "Text")]
    pub field_name: Option<String>,
    /// Right ascension of the centre, degrees, ICRS.
    pub center_ra_deg: Option<f64>,
    /// Declination of the centre, degrees, ICRS.
    pub center_dec_deg: Option<f64>,
    /// Width, pixels.
    pub imsize_x: Option<i32>,
    /// Height, pixels.
    pub imsize_y: Option<i32>,
    /// Width of a pixel, arcseconds.
    pub cellsize_arcsec: Option<f64>,
    /// Centre frequency, GHz.
    pub freq_ghz: Option<f64>,
    /// Bandwidth, MHz.
    pub bandwidth_mhz: Option<f64>,
    /// Integration time, seconds.
    pub integration_sec: Option<f64>,
    /// The HEALPix cell of its centre, nested, of order 29; null where it has not been worked out yet.
    pub healpix: Option<i64>,
    /// The measurement set it was made from.
    #[sea_orm(belongs_to, from = "ms_path", to = "path")]
    pub measurement_set: BelongsTo<super::ms_index::Entity>,
    /// Measurements made on it.
    #[sea_orm(has_many)]
    pub photometry: HasMany<super::photometry::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
