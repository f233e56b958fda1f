//! Mosaics.

use super::MosaicStatus;
use crate::prelude::*;

/// A mosaic: one image put together from several.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "mosaics")]
pub struct Model {
    /// Number of the mosaic in this database.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Its FITS file.
    #[sea_orm(unique, column_type = "Text")]
    pub path: String,
    /// What it is called, such as `2025-10-24_hourly_12-13UTC`.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// When it was made.
    pub created_at: UnixTime,
    /// Start of the time covered, MJD.
    pub start_mjd: f64,
    /// End of the time covered, MJD.
    pub end_mjd: f64,
    /// Integration time, seconds.
    pub integration_sec: Option<f64>,
    /// Number of images it is made of.
    pub n_images: Option<i32>,
    /// Right ascension of the centre, degrees, ICRS.
    pub center_ra_deg: Option<f64>,
    /// Declination of the centre, degrees, ICRS.
    pub center_dec_deg: Option<f64>,
    /// Southern limit in declination, degrees, ICRS.
    pub dec_min_deg: Option<f64>,
    /// Northern limit in declination, degrees, ICRS.
    pub dec_max_deg: Option<f64>,
    /// Root mean square noise, Jy/beam.
    pub noise_jy: Option<f64>,
    /// Major axis of the restoring beam, FWHM, arcseconds.
    pub beam_major_arcsec: Option<f64>,
    /// Minor axis of the restoring beam, FWHM, arcseconds.
    pub beam_minor_arcsec: Option<f64>,
    /// Position angle of the restoring beam, degrees.
    pub beam_pa_deg: Option<f64>,
    /// Number of sources on it.
    pub n_sources: Option<i32>,
    /// Its preview, a PNG file.
    #[sea_orm(column_type = "Text")]
    pub thumbnail_path: Option<String>,
    /// How far it has come.
    pub status: Option<MosaicStatus>,
    /// How the images were put together, such as `mean`, `weighted` or `pbweighted`.
    #[sea_orm(column_type = "Text")]
    pub method: Option<String>,
    /// The images it is made of: a list of paths or ids.
    pub tiles: Option<JsonText>,
    /// The file it was written to; `path` is the one to use.
    #[sea_orm(column_type = "Text")]
    pub output_path: Option<String>,
    /// What its validation found.
    pub validation_issues: Option<JsonText>,
    /// File of its quality metrics.
    #[sea_orm(column_type = "Text")]
    pub metrics_path: Option<String>,
    /// Noise expected from inverse-variance weights, Jy/beam.
    pub effective_noise_jy: Option<f64>,
    /// The HEALPix cell of its centre, nested, of order 29; null where it has not been worked out yet.
    pub healpix: Option<i64>,
    /// Transient candidates found on it.
    #[sea_orm(has_many)]
    pub transient_candidates: HasMany<super::transient_candidate::Entity>,
    /// Measurements of transient candidates on it.
    #[sea_orm(has_many)]
    pub transient_measurements: HasMany<super::transient_measurement::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
