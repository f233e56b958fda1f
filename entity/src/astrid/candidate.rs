//! Candidates.

use super::CandidateStatus;
use crate::prelude::*;

/// A candidate: a source found in a difference image.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "candidates")]
pub struct Model {
    /// Key of the candidate.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The run that found it.
    #[sea_orm(unique_key = "run_pixel")]
    pub difference_run_id: Uuid,
    /// The run's science observation.
    pub observation_id: Uuid,
    /// Right ascension, degrees, ICRS, from 0 to 360.
    #[sea_orm(column_type = "Decimal(Some((10, 7)))")]
    pub ra: Decimal,
    /// Declination, degrees, ICRS, from -90 to 90.
    #[sea_orm(column_type = "Decimal(Some((10, 7)))")]
    pub dec: Decimal,
    /// Column in the difference image, pixels from 0.
    #[sea_orm(unique_key = "run_pixel")]
    pub pixel_x: i32,
    /// Row in the difference image, pixels from 0.
    #[sea_orm(unique_key = "run_pixel")]
    pub pixel_y: i32,
    /// Flux, image counts. Negative for a fading source.
    #[sea_orm(column_type = "Decimal(Some((15, 6)))")]
    pub flux: Option<Decimal>,
    /// Error of the flux, image counts.
    #[sea_orm(column_type = "Decimal(Some((15, 6)))")]
    pub flux_error: Option<Decimal>,
    /// Significance, sigma. Clamped to 9 999 999.999 either way.
    #[sea_orm(column_type = "Decimal(Some((10, 3)))")]
    pub significance: Option<Decimal>,
    /// Signal-to-noise ratio. Clamped to 99 999.999 either way.
    #[sea_orm(column_type = "Decimal(Some((8, 3)))")]
    pub snr: Option<Decimal>,
    /// Full width at half maximum, pixels.
    #[sea_orm(column_type = "Decimal(Some((8, 3)))")]
    pub fwhm: Option<Decimal>,
    /// Ellipticity, 1 - b/a, from 0 to 1.
    #[sea_orm(column_type = "Decimal(Some((5, 3)))")]
    pub ellipticity: Option<Decimal>,
    /// Position angle, degrees, from 0 to 360.
    #[sea_orm(column_type = "Decimal(Some((6, 2)))")]
    pub position_angle: Option<Decimal>,
    /// Whether its pixels are saturated.
    #[sea_orm(default_value = false)]
    pub is_saturated: bool,
    /// Whether it overlaps another source.
    #[sea_orm(default_value = false)]
    pub is_blended: bool,
    /// Whether it lies at the edge of the image.
    #[sea_orm(default_value = false)]
    pub is_edge: bool,
    /// What became of it.
    #[sea_orm(default_value = "pending")]
    pub status: CandidateStatus,
    /// When the row was made. Never changed afterwards.
    pub created_at: DateTimeUtc,
    /// When the row was changed last.
    pub updated_at: DateTimeUtc,
    /// The HEALPix cell of its position, nested, of order 29; null where it has not been worked out yet.
    pub healpix: Option<i64>,
    /// The run that found it.
    #[sea_orm(belongs_to, from = "difference_run_id", to = "id", on_delete = "Restrict")]
    pub difference_run: BelongsTo<super::difference_run::Entity>,
    /// The science observation.
    #[sea_orm(belongs_to, from = "observation_id", to = "id", on_delete = "Restrict")]
    pub observation: BelongsTo<super::observation::Entity>,
    /// Detections it was promoted to, at most one for each model run.
    #[sea_orm(has_many)]
    pub detections: HasMany<super::detection::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
