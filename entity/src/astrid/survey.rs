//! Surveys.

use crate::prelude::*;

/// A survey or mission that observations come from.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "surveys")]
pub struct Model {
    /// Key of the survey.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Its name, such as `ZTF`.
    #[sea_orm(unique, column_type = "String(StringLen::N(100))")]
    pub name: String,
    /// What it is.
    #[sea_orm(column_type = "Text")]
    pub description: Option<String>,
    /// Address of its archive.
    #[sea_orm(column_type = "String(StringLen::N(500))")]
    pub base_url: Option<String>,
    /// Address where its archive is queried.
    #[sea_orm(column_type = "String(StringLen::N(500))")]
    pub api_endpoint: Option<String>,
    /// Whether new data may be ingested.
    #[sea_orm(default_value = true)]
    pub is_active: bool,
    /// When the row was made. Never changed afterwards.
    pub created_at: DateTimeUtc,
    /// When the row was changed last.
    pub updated_at: DateTimeUtc,
    /// Observations made by it.
    #[sea_orm(has_many)]
    pub observations: HasMany<super::observation::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
