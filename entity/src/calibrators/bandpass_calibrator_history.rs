//! Past states of bandpass calibrators.

use super::{CalibratorHistoryOrigin, CalibratorStatus};
use crate::prelude::*;

/// A bandpass calibrator as it once was registered. Written whenever a registration gives way to
/// another.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "bandpass_calibrator_history")]
pub struct Model {
    /// Number of the row in this database.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Name of the calibrator.
    #[sea_orm(column_type = "Text")]
    pub calibrator_name: String,
    /// Right ascension, degrees, ICRS.
    pub ra_deg: f64,
    /// Declination, degrees, ICRS.
    pub dec_deg: f64,
    /// Lowest declination for which it is used, degrees; null where that is open.
    pub dec_range_min: Option<f64>,
    /// Highest declination for which it is used, degrees; null where that is open.
    pub dec_range_max: Option<f64>,
    /// Catalogue it comes from, such as `VLA`.
    #[sea_orm(column_type = "Text")]
    pub source_catalog: Option<String>,
    /// Flux density, Jy.
    pub flux_jy: Option<f64>,
    /// When it was registered.
    pub registered_at: UnixTime,
    /// Who or what registered it.
    #[sea_orm(column_type = "Text")]
    pub registered_by: Option<String>,
    /// Whether it is in use.
    pub status: Option<CalibratorStatus>,
    /// Remarks.
    #[sea_orm(column_type = "Text")]
    pub notes: Option<String>,
    /// Why the registration is past.
    pub origin: CalibratorHistoryOrigin,
    /// Number of the calibrator in the table it was moved from.
    pub origin_id: Option<i64>,
    /// When it was archived.
    pub archived_at: UnixTime,
    /// Who or what archived it.
    #[sea_orm(column_type = "Text")]
    pub archived_by: Option<String>,
    /// The HEALPix cell of its position, nested, of order 29; null where it has not been worked out yet.
    pub healpix: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
