//! Model runs.

use super::ModelRunStatus;
use crate::prelude::*;

/// An inference pass of a model over an observation. A retry is a new run.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "model_runs")]
pub struct Model {
    /// Key of the run.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The model that ran.
    pub model_id: Uuid,
    /// The observation it ran over. Null for a run over a dataset.
    pub observation_id: Option<Uuid>,
    /// Object-store key of the input image.
    #[sea_orm(column_type = "String(StringLen::N(500))")]
    pub input_image_path: Option<String>,
    /// Object-store key of the output mask.
    #[sea_orm(column_type = "String(StringLen::N(500))")]
    pub output_mask_path: Option<String>,
    /// Object-store key of the confidence map.
    #[sea_orm(column_type = "String(StringLen::N(500))")]
    pub confidence_map_path: Option<String>,
    /// How long the inference took, milliseconds.
    pub inference_time_ms: Option<i32>,
    /// Peak memory, MiB.
    pub memory_usage_mb: Option<i32>,
    /// How many predictions it made.
    pub total_predictions: Option<i32>,
    /// How many of them have a confidence of 0.8 or more.
    pub high_confidence_predictions: Option<i32>,
    /// How far the run has come.
    #[sea_orm(default_value = "pending")]
    pub status: ModelRunStatus,
    /// When the run started.
    pub started_at: Option<DateTimeUtc>,
    /// When the run ended, well or badly.
    pub completed_at: Option<DateTimeUtc>,
    /// Why it failed.
    #[sea_orm(column_type = "Text")]
    pub error_message: Option<String>,
    /// When the row was made. Never changed afterwards.
    pub created_at: DateTimeUtc,
    /// When the row was changed last.
    pub updated_at: DateTimeUtc,
    /// Energy used, watt-hours.
    #[sea_orm(column_type = "Decimal(Some((8, 4)))")]
    pub energy_consumed_wh: Option<Decimal>,
    /// Mean power drawn, watts.
    #[sea_orm(column_type = "Decimal(Some((6, 2)))")]
    pub avg_power_draw_w: Option<Decimal>,
    /// Peak power drawn, watts.
    #[sea_orm(column_type = "Decimal(Some((6, 2)))")]
    pub peak_power_draw_w: Option<Decimal>,
    /// Carbon footprint, grams of CO2.
    #[sea_orm(column_type = "Decimal(Some((8, 4)))")]
    pub carbon_footprint_g: Option<Decimal>,
    /// The model that ran.
    #[sea_orm(belongs_to, from = "model_id", to = "id", on_delete = "Restrict")]
    pub model: BelongsTo<super::ml_model::Entity>,
    /// The observation it ran over.
    #[sea_orm(belongs_to, from = "observation_id", to = "id", on_delete = "Restrict")]
    pub observation: BelongsTo<Option<super::observation::Entity>>,
    /// Detections it made.
    #[sea_orm(has_many)]
    pub detections: HasMany<super::detection::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
