//! Observations.

use super::ObservationStatus;
use crate::prelude::*;

/// An observation: one exposure of a survey.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "observations")]
pub struct Model {
    /// Key of the observation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The survey it comes from.
    #[sea_orm(unique_key = "survey_observation")]
    pub survey_id: Uuid,
    /// The survey's own name of the exposure.
    #[sea_orm(unique_key = "survey_observation", column_type = "String(StringLen::N(255))")]
    pub observation_id: String,
    /// Right ascension of the image centre, degrees, ICRS, from 0 to 360; 360 is stored as 0.
    #[sea_orm(column_type = "Decimal(Some((10, 7)))")]
    pub ra: Decimal,
    /// Declination of the image centre, degrees, ICRS, from -90 to 90.
    #[sea_orm(column_type = "Decimal(Some((10, 7)))")]
    pub dec: Decimal,
    /// Start of the exposure.
    pub observation_time: DateTimeUtc,
    /// Filter, as the survey names it.
    #[sea_orm(column_type = "String(StringLen::N(50))")]
    pub filter_band: String,
    /// Exposure, seconds.
    #[sea_orm(column_type = "Decimal(Some((10, 3)))")]
    pub exposure_time: Decimal,
    /// Address of the raw FITS image.
    #[sea_orm(column_type = "String(StringLen::N(1000))")]
    pub fits_url: String,
    /// Width of a pixel, arcseconds.
    #[sea_orm(column_type = "Decimal(Some((8, 4)))")]
    pub pixel_scale: Option<Decimal>,
    /// Width of the image, pixels.
    pub image_width: Option<i32>,
    /// Height of the image, pixels.
    pub image_height: Option<i32>,
    /// Airmass. Null for space telescopes.
    #[sea_orm(column_type = "Decimal(Some((5, 2)))")]
    pub airmass: Option<Decimal>,
    /// Width of the point-spread function, FWHM, arcseconds.
    #[sea_orm(column_type = "Decimal(Some((6, 3)))")]
    pub seeing: Option<Decimal>,
    /// How far the pipeline has come with it.
    #[sea_orm(default_value = "ingested")]
    pub status: ObservationStatus,
    /// Object-store key of the stored FITS file.
    #[sea_orm(column_type = "String(StringLen::N(500))")]
    pub fits_file_path: Option<String>,
    /// Object-store key of the preview.
    #[sea_orm(column_type = "String(StringLen::N(500))")]
    pub thumbnail_path: Option<String>,
    /// When the row was made. Never changed afterwards.
    pub created_at: DateTimeUtc,
    /// When the row was changed last.
    pub updated_at: DateTimeUtc,
    /// The HEALPix cell of its position, nested, of order 29; null where it has not been worked out yet.
    pub healpix: Option<i64>,
    /// The survey it comes from.
    #[sea_orm(belongs_to, from = "survey_id", to = "id", on_delete = "Restrict")]
    pub survey: BelongsTo<super::survey::Entity>,
    /// Preprocessing runs over it.
    #[sea_orm(has_many)]
    pub preprocess_runs: HasMany<super::preprocess_run::Entity>,
    /// Difference runs with it as the science image.
    #[sea_orm(has_many, relation_enum = "DifferenceRuns", via_rel = "Observation")]
    pub difference_runs: HasMany<super::difference_run::Entity>,
    /// Difference runs with it as the reference image.
    #[sea_orm(has_many, relation_enum = "ReferenceForRuns", via_rel = "ReferenceObservation")]
    pub reference_for_runs: HasMany<super::difference_run::Entity>,
    /// Candidates found in it.
    #[sea_orm(has_many)]
    pub candidates: HasMany<super::candidate::Entity>,
    /// Inference runs over it.
    #[sea_orm(has_many)]
    pub model_runs: HasMany<super::model_run::Entity>,
    /// Detections in it.
    #[sea_orm(has_many)]
    pub detections: HasMany<super::detection::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
