//! What a calibration touched, and calibrations that are suspect.

mod impact;
mod suspicion;

pub use impact::*;
pub use suspicion::*;

use almanac_service::calibration::Subject;

use super::error::{Result, bad_input};

/// The calibration that one of two arguments names.
fn subject(set_name: Option<String>, caltable: Option<String>) -> Result<Subject> {
    match (set_name, caltable) {
        (Some(name), None) => Ok(Subject::Set(name)),
        (None, Some(path)) => Ok(Subject::Caltable(path)),
        _ => Err(bad_input("setName", "name either a set or a table, by `setName` or `caltable`")),
    }
}
