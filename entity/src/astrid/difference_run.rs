//! Difference runs.

use super::DifferenceRunStatus;
use crate::prelude::*;

/// An image subtraction: a science image less a reference. A retry reuses its row.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "difference_runs")]
pub struct Model {
    /// Key of the run.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The science observation.
    pub observation_id: Uuid,
    /// The reference observation. Null for an external template.
    pub reference_observation_id: Option<Uuid>,
    /// How far the run has come.
    #[sea_orm(default_value = "pending")]
    pub status: DifferenceRunStatus,
    /// How the images are subtracted: `zogy`, `classic` or `hotpants`.
    #[sea_orm(column_type = "String(StringLen::N(50))", default_value = "zogy")]
    pub algorithm: String,
    /// Parameters of the algorithm, a JSON object.
    #[sea_orm(column_type = "JsonBinary")]
    pub parameters: Option<Json>,
    /// Object-store key of the difference image.
    #[sea_orm(column_type = "String(StringLen::N(500))")]
    pub difference_image_path: Option<String>,
    /// Object-store key of the significance map.
    #[sea_orm(column_type = "String(StringLen::N(500))")]
    pub significance_map_path: Option<String>,
    /// Root mean square of the difference image, counts.
    #[sea_orm(column_type = "Decimal(Some((10, 6)))")]
    pub noise_level: Option<Decimal>,
    /// Threshold of the extraction, sigma.
    #[sea_orm(column_type = "Decimal(Some((10, 6)))")]
    pub detection_threshold: Option<Decimal>,
    /// How many candidates the run found.
    #[sea_orm(default_value = 0)]
    pub candidates_found: i32,
    /// When the run started. A retry clears it.
    pub started_at: Option<DateTimeUtc>,
    /// When the run ended, well or badly.
    pub completed_at: Option<DateTimeUtc>,
    /// How long it took, whole seconds, rounded up.
    pub processing_time_seconds: Option<i32>,
    /// The last error, kept through retries.
    #[sea_orm(column_type = "Text")]
    pub error_message: Option<String>,
    /// How many retries were used.
    #[sea_orm(default_value = 0)]
    pub retry_count: i32,
    /// When the row was made. Never changed afterwards.
    pub created_at: DateTimeUtc,
    /// When the row was changed last.
    pub updated_at: DateTimeUtc,
    /// The science observation.
    #[sea_orm(
        belongs_to,
        relation_enum = "Observation",
        from = "observation_id",
        to = "id",
        on_delete = "Restrict"
    )]
    pub observation: BelongsTo<super::observation::Entity>,
    /// The reference observation.
    #[sea_orm(
        belongs_to,
        relation_enum = "ReferenceObservation",
        from = "reference_observation_id",
        to = "id",
        on_delete = "Restrict"
    )]
    pub reference_observation: BelongsTo<Option<super::observation::Entity>>,
    /// Candidates the run found.
    #[sea_orm(has_many)]
    pub candidates: HasMany<super::candidate::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
