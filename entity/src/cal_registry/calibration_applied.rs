//! Applications of calibration tables.

use crate::prelude::*;

/// The application of a calibration table to a measurement set. Written by the calibration stage.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "calibration_applied")]
pub struct Model {
    /// Number of the application in this database.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The measurement set: `path` of a measurement set of the products.
    #[sea_orm(column_type = "Text")]
    pub ms_path: String,
    /// The calibration table.
    #[sea_orm(column_type = "Text")]
    pub caltable_path: String,
    /// When it was applied.
    pub applied_at: UnixTime,
    /// Quality of the result, as the calibration stage rates it.
    pub quality: Option<f64>,
    /// Whether it worked.
    #[sea_orm(default_value = true)]
    pub success: Option<bool>,
    /// Why it did not work.
    #[sea_orm(column_type = "Text")]
    pub error_message: Option<String>,
    /// The calibration table.
    #[sea_orm(belongs_to, from = "caltable_path", to = "path", on_delete = "Cascade")]
    pub caltable: BelongsTo<super::caltable::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
