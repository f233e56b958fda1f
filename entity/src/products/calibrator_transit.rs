//! Transits of calibrators.

use crate::prelude::*;

/// A transit of a calibrator, and the observation group that caught it.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "calibrator_transits")]
pub struct Model {
    /// The calibrator.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub calibrator_name: String,
    /// When it crosses the meridian, MJD.
    #[sea_orm(primary_key, auto_increment = false)]
    pub transit_mjd: f64,
    /// When it crosses the meridian, ISO 8601, UTC.
    #[sea_orm(column_type = "Text")]
    pub transit_iso: String,
    /// Whether an observation group caught it.
    #[sea_orm(default_value = false)]
    pub has_data: bool,
    /// The observation group: `group_id` of the ingest queue.
    #[sea_orm(column_type = "Text")]
    pub group_id: Option<String>,
    /// Middle of the group's observation, ISO 8601, UTC.
    #[sea_orm(column_type = "Text")]
    pub group_mid_iso: Option<String>,
    /// Middle of the group's observation less the transit, minutes.
    pub delta_minutes: Option<f64>,
    /// Response of the primary beam to the calibrator, 0 to 1.
    pub pb_response: Option<f64>,
    /// Whether the telescope pointed at the calibrator's declination.
    #[sea_orm(default_value = false)]
    pub dec_match: bool,
    /// When the transit was computed.
    pub calculated_at: UnixTime,
    /// When the row was changed last.
    pub updated_at: UnixTime,
}

impl ActiveModelBehavior for ActiveModel {}
