//! Candidates for extreme scattering events.

use super::{EseCandidateStatus, EseFlagType};
use crate::prelude::*;

/// A source flagged as a candidate for an extreme scattering event, by the detector or by a person.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "ese_candidates")]
pub struct Model {
    /// Number of the candidate in this database.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The source, by its NVSS designation.
    #[sea_orm(column_type = "Text")]
    pub source_id: String,
    /// When it was flagged.
    pub flagged_at: UnixTime,
    /// Who flagged it: `auto` for the detector, else a person.
    #[sea_orm(column_type = "Text", default_value = "auto")]
    pub flagged_by: Option<String>,
    /// How significant it is: a deviation in standard deviations, or a chi-square.
    pub significance: f64,
    /// Why it was flagged.
    pub flag_type: EseFlagType,
    /// Remarks.
    #[sea_orm(column_type = "Text")]
    pub notes: Option<String>,
    /// What became of it.
    #[sea_orm(default_value = "active")]
    pub status: Option<EseCandidateStatus>,
    /// When it was marked as investigated.
    pub investigated_at: Option<UnixTime>,
    /// When it was dismissed.
    pub dismissed_at: Option<UnixTime>,
    /// Statistics of the source.
    #[sea_orm(belongs_to, from = "source_id", to = "source_id")]
    pub statistics: BelongsTo<super::variability_stat::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
