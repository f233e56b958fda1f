//! Forced photometry.
//!
//! A measurement carries its own cell of the sky, though most have the position of their source: it may be the
//! only trace of a source that no other table knows, and a cone then finds it with one index and no join. That
//! costs some 20 bytes a row, half a gigabyte for twenty million.

use crate::prelude::*;

/// A forced measurement of a source on an image. A source has one for every image that shows it.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "photometry")]
pub struct Model {
    /// Number of the measurement in this database.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The image it was made on.
    #[sea_orm(column_type = "Text")]
    pub image_path: String,
    /// The source, by its NVSS designation, such as `NVSS J123456.7+420312`.
    #[sea_orm(column_type = "Text")]
    pub source_id: String,
    /// Right ascension of the source, degrees, ICRS.
    pub ra_deg: f64,
    /// Declination of the source, degrees, ICRS.
    pub dec_deg: f64,
    /// Reference flux density from NVSS, mJy.
    pub nvss_flux_mjy: Option<f64>,
    /// Peak measured, Jy/beam.
    pub peak_jyb: f64,
    /// Uncertainty of the peak, Jy/beam.
    pub peak_err_jyb: Option<f64>,
    /// Peak over noise.
    pub snr: Option<f64>,
    /// When it was measured, which is not when the sky was observed.
    pub measured_at: UnixTime,
    /// When the sky was observed, MJD.
    pub mjd: Option<f64>,
    /// Distance from the image's centre, degrees.
    pub sep_from_center_deg: Option<f64>,
    /// Sum of what speaks against it: 1 edge of the image, 2 blended or confused, 4 signal to noise
    /// below 3, 8 no reference epoch, 16 bad fit, 32 excluded by a person.
    #[sea_orm(default_value = 0)]
    pub flags: Option<i32>,
    /// Integrated flux density, Jy.
    pub flux_jy: Option<f64>,
    /// Uncertainty of the integrated flux density, Jy.
    pub flux_err_jy: Option<f64>,
    /// Flux density after normalisation to an ensemble of reference sources, Jy.
    pub normalized_flux_jy: Option<f64>,
    /// Uncertainty of the normalised flux density, Jy.
    pub normalized_flux_err_jy: Option<f64>,
    /// The mosaic it was made on: `path` of the mosaics.
    #[sea_orm(column_type = "Text")]
    pub mosaic_path: Option<String>,
    /// Root mean square noise around the source, Jy/beam.
    pub local_rms_jy: Option<f64>,
    /// Verdict on the measurement.
    #[sea_orm(column_type = "Text")]
    pub quality_flag: Option<String>,
    /// The HEALPix cell of its position, nested, of order 29; null where it has not been worked out yet.
    pub healpix: Option<i64>,
    /// The image it was made on.
    #[sea_orm(belongs_to, from = "image_path", to = "path")]
    pub image: BelongsTo<super::image::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
