//! How the catalogue was built.

use crate::prelude::*;

/// A fact about the build of the catalogue: a threshold, an input file, a number of rows. Written by
/// the catalogue builder.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "meta")]
pub struct Model {
    /// What the fact is about, such as `goodref_snr_min`.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub key: String,
    /// The fact, as text.
    #[sea_orm(column_type = "Text")]
    pub value: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
