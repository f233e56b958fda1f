//! Sky models.

use crate::prelude::*;

/// A file with a model of the sky in a field.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "skymodel_metadata")]
pub struct Model {
    /// Number of the sky model in this database.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The field.
    #[sea_orm(unique_key = "field_path", column_type = "Text")]
    pub field_id: String,
    /// The file.
    #[sea_orm(unique_key = "field_path", column_type = "Text")]
    pub skymodel_path: String,
    /// Number of sources in it.
    pub n_sources: i32,
    /// Sum of their flux densities, Jy.
    pub total_flux_jy: Option<f64>,
    /// When it was made.
    pub created_at: UnixTime,
    /// Who or what made it.
    #[sea_orm(column_type = "Text")]
    pub created_by: Option<String>,
    /// Remarks.
    #[sea_orm(column_type = "Text")]
    pub notes: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
