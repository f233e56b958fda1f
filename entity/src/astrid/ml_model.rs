//! Models.

use super::ModelType;
use crate::prelude::*;

/// A version of a machine-learning model.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "models")]
pub struct Model {
    /// Key of the model.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Name of the model family.
    #[sea_orm(unique_key = "name_version", column_type = "String(StringLen::N(100))")]
    pub name: String,
    /// Version within the family.
    #[sea_orm(unique_key = "name_version", column_type = "String(StringLen::N(50))")]
    pub version: String,
    /// What it does.
    pub model_type: ModelType,
    /// Its architecture, a JSON object.
    #[sea_orm(column_type = "JsonBinary")]
    pub architecture: Option<Json>,
    /// Its hyperparameters, a JSON object.
    #[sea_orm(column_type = "JsonBinary")]
    pub hyperparameters: Option<Json>,
    /// Name or path of the dataset it was trained on.
    #[sea_orm(column_type = "String(StringLen::N(200))")]
    pub training_dataset: Option<String>,
    /// Metrics of its training, a JSON object.
    #[sea_orm(column_type = "JsonBinary")]
    pub training_metrics: Option<Json>,
    /// Precision, from 0 to 1.
    #[sea_orm(column_type = "Decimal(Some((5, 4)))")]
    pub precision: Option<Decimal>,
    /// Recall, from 0 to 1.
    #[sea_orm(column_type = "Decimal(Some((5, 4)))")]
    pub recall: Option<Decimal>,
    /// F1 score, from 0 to 1.
    #[sea_orm(column_type = "Decimal(Some((5, 4)))")]
    pub f1_score: Option<Decimal>,
    /// Accuracy, from 0 to 1.
    #[sea_orm(column_type = "Decimal(Some((5, 4)))")]
    pub accuracy: Option<Decimal>,
    /// Whether it is deployed. At most one version of a family is.
    #[sea_orm(default_value = false)]
    pub is_active: bool,
    /// When it was deployed last.
    pub deployment_date: Option<DateTimeUtc>,
    /// Object-store key of the weights.
    #[sea_orm(column_type = "String(StringLen::N(500))")]
    pub model_path: Option<String>,
    /// Its run in the experiment tracker.
    #[sea_orm(column_type = "String(StringLen::N(100))")]
    pub mlflow_run_id: Option<String>,
    /// When the row was made. Never changed afterwards.
    pub created_at: DateTimeUtc,
    /// When the row was changed last.
    pub updated_at: DateTimeUtc,
    /// Energy used by the training, watt-hours.
    #[sea_orm(column_type = "Decimal(Some((10, 4)))")]
    pub training_energy_wh: Option<Decimal>,
    /// Mean power drawn by the training, watts.
    #[sea_orm(column_type = "Decimal(Some((8, 2)))")]
    pub training_avg_power_w: Option<Decimal>,
    /// Peak power drawn by the training, watts.
    #[sea_orm(column_type = "Decimal(Some((8, 2)))")]
    pub training_peak_power_w: Option<Decimal>,
    /// How long the training took, seconds.
    pub training_duration_seconds: Option<i32>,
    /// Carbon footprint of the training, kilograms of CO2.
    #[sea_orm(column_type = "Decimal(Some((10, 6)))")]
    pub training_carbon_footprint_kg: Option<Decimal>,
    /// Its inference runs.
    #[sea_orm(has_many)]
    pub model_runs: HasMany<super::model_run::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
