//! Plots, tables and reports of quality assurance.

use super::{QaArtifactCategory, QaArtifactType};
use crate::prelude::*;

/// A file of quality assurance: a plot, table or report on an observation group.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "qa_artifacts")]
pub struct Model {
    /// Number of the file in this database.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The observation group: `group_id` of the ingest queue.
    #[sea_orm(unique_key = "group_name", column_type = "Text")]
    pub group_id: String,
    /// Name of the file, such as `amplitude_vs_time.png`.
    #[sea_orm(unique_key = "group_name", column_type = "Text")]
    pub name: String,
    /// The file.
    #[sea_orm(column_type = "Text")]
    pub path: String,
    /// What the file is.
    #[sea_orm(column_name = "type")]
    pub kind: Option<QaArtifactType>,
    /// What it reports on.
    pub category: Option<QaArtifactCategory>,
    /// When it was made.
    pub created_at: UnixTime,
}

impl ActiveModelBehavior for ActiveModel {}
