//! Settings.

use crate::prelude::*;

/// A setting: a survey monitoring configuration, a threshold or a policy.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "system_config")]
pub struct Model {
    /// Key of the setting.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Its name, such as `pipeline.detection` or `survey_config:hst_galaxy_survey`.
    #[sea_orm(unique, column_type = "String(StringLen::N(100))")]
    pub key: String,
    /// What it is set to, a JSON object.
    #[sea_orm(column_type = "JsonBinary")]
    pub value: Json,
    /// What it is for.
    #[sea_orm(column_type = "Text")]
    pub description: Option<String>,
    /// Whether readers heed it.
    #[sea_orm(default_value = true)]
    pub is_active: bool,
    /// When the row was made. Never changed afterwards.
    pub created_at: DateTimeUtc,
    /// When the row was changed last.
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
