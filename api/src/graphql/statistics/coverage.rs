//! For which times there are active calibration tables.

use almanac_service::statistics;
use async_graphql::SimpleObject;

/// For which times there are active calibration tables of a type.
#[derive(Debug, SimpleObject)]
pub struct CalibrationCoverage {
    /// The type, as stored: `K`, `BP`, `GP` …
    table_type: String,
    /// How many tables there are.
    tables: u64,
    /// Where there is at least one, earliest first; windows that meet are one.
    covered: Vec<MjdWindow>,
    /// Where there is none, earliest first.
    gaps: Vec<MjdWindow>,
    /// The part of the time that is covered, 0 to 1.
    fraction: f64,
    /// Whether a table is valid now.
    is_current: bool,
}

/// A span of time.
#[derive(Debug, SimpleObject)]
pub struct MjdWindow {
    /// Its start, MJD.
    start_mjd: f64,
    /// Its end, MJD.
    end_mjd: f64,
}

impl From<statistics::TypeCoverage> for CalibrationCoverage {
    fn from(found: statistics::TypeCoverage) -> Self {
        let windows = |windows: Vec<statistics::Window>| {
            let window = |window: statistics::Window| MjdWindow {
                start_mjd: window.start_mjd,
                end_mjd: window.end_mjd,
            };
            windows.into_iter().map(window).collect()
        };
        Self {
            table_type: found.table_type.as_str().to_owned(),
            tables: found.tables,
            covered: windows(found.covered),
            gaps: windows(found.gaps),
            fraction: found.fraction,
            is_current: found.is_current,
        }
    }
}
