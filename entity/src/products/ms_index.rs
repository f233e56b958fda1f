//! Measurement sets.

use super::{MeasurementSetStage, MeasurementSetStatus};
use crate::prelude::*;

/// A measurement set, tracked through the stages of processing. Written by the converter and by every
/// stage after it.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "ms_index")]
pub struct Model {
    /// The measurement set's directory.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub path: String,
    /// Start of the observation, MJD.
    pub start_mjd: Option<f64>,
    /// End of the observation, MJD.
    pub end_mjd: Option<f64>,
    /// Middle of the observation, MJD.
    pub mid_mjd: Option<f64>,
    /// When it was processed last.
    pub processed_at: Option<UnixTime>,
    /// Outcome of the processing.
    pub status: Option<MeasurementSetStatus>,
    /// How far it has come; null counts as `pending`.
    pub stage: Option<MeasurementSetStage>,
    /// When it came to its stage.
    pub stage_updated_at: Option<UnixTime>,
    /// Whether calibration was applied.
    #[sea_orm(default_value = false)]
    pub cal_applied: Option<bool>,
    /// Path of the primary image.
    #[sea_orm(column_type = "Text")]
    pub imagename: Option<String>,
    /// Field observed, such as `J1234+42`.
    #[sea_orm(column_type = "Text")]
    pub field_name: Option<String>,
    /// Right ascension of the pointing centre, degrees, ICRS.
    pub pointing_ra_deg: Option<f64>,
    /// Declination of the pointing centre, degrees, ICRS.
    pub pointing_dec_deg: Option<f64>,
    /// Right ascension of the data's phase centre, degrees, ICRS.
    pub ra_deg: Option<f64>,
    /// Declination of the data's phase centre, degrees, ICRS.
    pub dec_deg: Option<f64>,
    /// The observation group it was made from: `group_id` of the ingest queue.
    #[sea_orm(column_type = "Text")]
    pub group_id: Option<String>,
    /// When the row was made.
    pub created_at: Option<UnixTime>,
    /// The HEALPix cell of its pointing centre, nested, of order 29; null where it has not been worked out yet.
    pub healpix: Option<i64>,
    /// Images made from it.
    #[sea_orm(has_many)]
    pub images: HasMany<super::image::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
