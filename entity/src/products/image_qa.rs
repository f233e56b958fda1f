//! Quality of images.

use super::QualityGrade;
use crate::prelude::*;

/// How good an image is.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "image_qa")]
pub struct Model {
    /// Number of the assessment in this database.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The measurement set the image was made from.
    #[sea_orm(column_type = "Text")]
    pub ms_path: String,
    /// The job that assessed it: `id` of the jobs.
    pub job_id: i64,
    /// The image assessed: `path` of the images.
    #[sea_orm(column_type = "Text")]
    pub image_path: String,
    /// Root mean square noise, Jy/beam.
    pub rms_noise: Option<f64>,
    /// Peak, Jy/beam.
    pub peak_flux: Option<f64>,
    /// Peak over noise.
    pub dynamic_range: Option<f64>,
    /// Major axis of the restoring beam, FWHM, arcseconds.
    pub beam_major: Option<f64>,
    /// Minor axis of the restoring beam, FWHM, arcseconds.
    pub beam_minor: Option<f64>,
    /// Position angle of the restoring beam, degrees.
    pub beam_pa: Option<f64>,
    /// Number of sources on it.
    pub num_sources: Option<i32>,
    /// Its preview, a PNG file.
    #[sea_orm(column_type = "Text")]
    pub thumbnail_path: Option<String>,
    /// Grade of the image.
    pub overall_quality: Option<QualityGrade>,
    /// When it was assessed.
    pub timestamp: UnixTime,
}

impl ActiveModelBehavior for ActiveModel {}
