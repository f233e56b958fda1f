//! Where the telescope pointed.

use crate::prelude::*;

/// Where the telescope pointed at a time.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "pointing_history")]
pub struct Model {
    /// When.
    #[sea_orm(primary_key, auto_increment = false)]
    pub timestamp: UnixTime,
    /// When, MJD.
    pub mjd: Option<f64>,
    /// Right ascension, degrees, ICRS.
    pub ra_deg: f64,
    /// Declination, degrees, ICRS.
    pub dec_deg: f64,
    /// Elevation, degrees.
    pub alt_deg: Option<f64>,
    /// Azimuth, degrees.
    pub az_deg: Option<f64>,
    /// Local sidereal time, hours.
    pub lst_hours: Option<f64>,
    /// Field observed.
    #[sea_orm(column_type = "Text")]
    pub field_name: Option<String>,
    /// The HEALPix cell of its position, nested, of order 29; null where it has not been worked out yet.
    pub healpix: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
