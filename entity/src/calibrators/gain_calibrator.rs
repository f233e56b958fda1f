//! Gain calibrators.

use crate::prelude::*;

/// A source that calibrates the gains of a field.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "gain_calibrators")]
pub struct Model {
    /// Number of the row in this database.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The field.
    #[sea_orm(unique_key = "field_source", column_type = "Text")]
    pub field_id: String,
    /// The source.
    #[sea_orm(unique_key = "field_source", column_type = "Text")]
    pub source_name: String,
    /// Right ascension, degrees, ICRS.
    pub ra_deg: f64,
    /// Declination, degrees, ICRS.
    pub dec_deg: f64,
    /// Flux density, Jy.
    pub flux_jy: Option<f64>,
    /// Catalogue it comes from.
    #[sea_orm(column_type = "Text")]
    pub catalog_source: Option<String>,
    /// Its designation in that catalogue.
    #[sea_orm(column_type = "Text")]
    pub catalog_id: Option<String>,
    /// When the row was made.
    pub created_at: UnixTime,
    /// File of the sky model it belongs to.
    #[sea_orm(column_type = "Text")]
    pub skymodel_path: Option<String>,
    /// Remarks.
    #[sea_orm(column_type = "Text")]
    pub notes: Option<String>,
    /// The HEALPix cell of its position, nested, of order 29; null where it has not been worked out yet.
    pub healpix: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
