//! Telescope pointings.

use crate::prelude::*;

/// Where the telescope pointed at an instant. Written once for each file of subband 0.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "pointing_history")]
pub struct Model {
    /// The instant. Values below 1,000,000 are MJD.
    #[sea_orm(primary_key, auto_increment = false)]
    pub timestamp: UnixTime,
    /// Right ascension of the pointing centre, degrees, ICRS.
    pub ra_deg: Option<f64>,
    /// Declination of the pointing centre, degrees, ICRS.
    pub dec_deg: Option<f64>,
    /// The HEALPix cell of its position, nested, of order 29; null where it has not been worked out yet.
    pub healpix: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
