//! Light curves of transient candidates.

use crate::prelude::*;

/// A point of a transient candidate's light curve.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "transient_lightcurves")]
pub struct Model {
    /// Number of the measurement in this database.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The candidate measured.
    pub candidate_id: i64,
    /// When the sky was observed, MJD.
    pub mjd: f64,
    /// Flux density, mJy.
    pub flux_mjy: f64,
    /// Uncertainty of the flux density, mJy.
    pub flux_err_mjy: Option<f64>,
    /// Frequency, GHz.
    pub frequency_ghz: Option<f64>,
    /// The mosaic it was made on.
    pub mosaic_id: Option<i64>,
    /// The image it was made on: `path` of the images.
    #[sea_orm(column_type = "Text")]
    pub image_path: Option<String>,
    /// When it was measured, which is not when the sky was observed.
    pub measured_at: UnixTime,
    /// The candidate measured.
    #[sea_orm(belongs_to, from = "candidate_id", to = "id")]
    pub candidate: BelongsTo<super::transient_candidate::Entity>,
    /// The mosaic it was made on.
    #[sea_orm(belongs_to, from = "mosaic_id", to = "id", on_delete = "SetNull")]
    pub mosaic: BelongsTo<Option<super::mosaic::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
