//! Detections.

use super::{DetectionStatus, DetectionType};
use crate::prelude::*;

/// A detection: an anomaly scored by a model and reviewed by people.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "detections")]
pub struct Model {
    /// Key of the detection.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The model run that made it.
    pub model_run_id: Uuid,
    /// The observation it was seen in.
    pub observation_id: Uuid,
    /// The candidate it was promoted from, if any.
    pub candidate_id: Option<Uuid>,
    /// Right ascension, degrees, ICRS, from 0 to 360.
    #[sea_orm(column_type = "Decimal(Some((10, 7)))")]
    pub ra: Decimal,
    /// Declination, degrees, ICRS, from -90 to 90.
    #[sea_orm(column_type = "Decimal(Some((10, 7)))")]
    pub dec: Decimal,
    /// Column in the image, pixels from 0.
    pub pixel_x: i32,
    /// Row in the image, pixels from 0.
    pub pixel_y: i32,
    /// Probability the model gives it, from 0 to 1.
    #[sea_orm(column_type = "Decimal(Some((5, 4)))")]
    pub confidence_score: Decimal,
    /// What the model takes it for.
    pub detection_type: DetectionType,
    /// Version of the model at the time.
    #[sea_orm(column_type = "String(StringLen::N(50))")]
    pub model_version: String,
    /// How long the inference took, milliseconds.
    pub inference_time_ms: Option<i32>,
    /// Window of the prediction, in pixels, and optionally its quality, size and brightness.
    #[sea_orm(column_type = "JsonBinary")]
    pub prediction_metadata: Option<Json>,
    /// How far its review has come.
    #[sea_orm(default_value = "pending")]
    pub status: DetectionStatus,
    /// Whether reviewers accepted it.
    #[sea_orm(default_value = false)]
    pub is_validated: bool,
    /// How far the deciding reviews agree, from 0 to 1.
    #[sea_orm(column_type = "Decimal(Some((5, 4)))")]
    pub validation_confidence: Option<Decimal>,
    /// The label reviewers agreed on.
    #[sea_orm(column_type = "String(StringLen::N(50))")]
    pub human_label: Option<String>,
    /// When the row was made. Never changed afterwards.
    pub created_at: DateTimeUtc,
    /// When the row was changed last.
    pub updated_at: DateTimeUtc,
    /// The HEALPix cell of its position, nested, of order 29; null where it has not been worked out yet.
    pub healpix: Option<i64>,
    /// The model run that made it.
    #[sea_orm(belongs_to, from = "model_run_id", to = "id", on_delete = "Restrict")]
    pub model_run: BelongsTo<super::model_run::Entity>,
    /// The observation it was seen in.
    #[sea_orm(belongs_to, from = "observation_id", to = "id", on_delete = "Restrict")]
    pub observation: BelongsTo<super::observation::Entity>,
    /// The candidate it was promoted from.
    #[sea_orm(belongs_to, from = "candidate_id", to = "id", on_delete = "Restrict")]
    pub candidate: BelongsTo<Option<super::candidate::Entity>>,
    /// Votes of its reviewers.
    #[sea_orm(has_many)]
    pub validation_events: HasMany<super::validation_event::Entity>,
    /// Alerts sent about it.
    #[sea_orm(has_many)]
    pub alerts: HasMany<super::alert::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
