//! A bandpass calibrator as it was registered once, in whichever table it stands.

use almanac_entity::{
    UnixTime,
    calibrators::{CalibratorStatus, bandpass_calibrator, bandpass_calibrator_history},
};
use sea_orm::ActiveValue::Set;

/// What somebody said of a bandpass calibrator when it was registered.
#[derive(Clone, Debug, PartialEq)]
pub struct Registration {
    /// Its name.
    pub calibrator_name: String,
    /// Right ascension, degrees, ICRS.
    pub ra_deg: f64,
    /// Declination, degrees, ICRS.
    pub dec_deg: f64,
    /// Lowest declination for which it is used, degrees; none where that is open.
    pub dec_range_min: Option<f64>,
    /// Highest declination for which it is used, degrees; none where that is open.
    pub dec_range_max: Option<f64>,
    /// Catalogue it comes from.
    pub source_catalog: Option<String>,
    /// Flux density, Jy.
    pub flux_jy: Option<f64>,
    /// When it was registered.
    pub registered_at: UnixTime,
    /// Who or what registered it.
    pub registered_by: Option<String>,
    /// Whether it is in use.
    pub status: Option<CalibratorStatus>,
    /// Remarks.
    pub notes: Option<String>,
}

/// Reads a registration from a row of a table, and makes a row of one.
macro_rules! stands_in {
    ($table:ident) => {
        impl From<$table::Model> for Registration {
            fn from(row: $table::Model) -> Self {
                Self {
                    calibrator_name: row.calibrator_name,
                    ra_deg: row.ra_deg,
                    dec_deg: row.dec_deg,
                    dec_range_min: row.dec_range_min,
                    dec_range_max: row.dec_range_max,
                    source_catalog: row.source_catalog,
                    flux_jy: row.flux_jy,
                    registered_at: row.registered_at,
                    registered_by: row.registered_by,
                    status: row.status,
                    notes: row.notes,
                }
            }
        }

        impl From<Registration> for $table::ActiveModel {
            fn from(registration: Registration) -> Self {
                Self {
                    calibrator_name: Set(registration.calibrator_name),
                    ra_deg: Set(registration.ra_deg),
                    dec_deg: Set(registration.dec_deg),
                    dec_range_min: Set(registration.dec_range_min),
                    dec_range_max: Set(registration.dec_range_max),
                    source_catalog: Set(registration.source_catalog),
                    flux_jy: Set(registration.flux_jy),
                    registered_at: Set(registration.registered_at),
                    registered_by: Set(registration.registered_by),
                    status: Set(registration.status),
                    notes: Set(registration.notes),
                    ..Default::default()
                }
            }
        }
    };
}

stands_in!(bandpass_calibrator);
stands_in!(bandpass_calibrator_history);
