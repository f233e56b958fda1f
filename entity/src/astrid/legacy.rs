//! The table that was before AstrID. It is there until its rows are preserved as settings.

use crate::prelude::*;

/// A row of the legacy table, which may describe an observation.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "example_model")]
pub struct Model {
    /// Key of the row.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Its name.
    #[sea_orm(column_type = "String(StringLen::N(100))")]
    pub name: String,
    /// What it is.
    #[sea_orm(column_type = "Text")]
    pub description: Option<String>,
    /// What it holds, mostly a JSON object.
    #[sea_orm(column_type = "JsonBinary")]
    pub data: Option<Json>,
    /// When the row was made. Never changed afterwards.
    pub created_at: DateTimeUtc,
    /// When the row was changed last.
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
