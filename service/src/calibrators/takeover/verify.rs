//! Whether every row of the old table is where it should be.

use std::collections::{BTreeSet, HashMap};

use almanac_entity::calibrators::{bandpass_calibrator, bandpass_calibrator_history};
use sea_orm::{ConnectionTrait, EntityTrait};

use super::{
    OldCalibrator, OldCalibrators,
    plan::{History, by_name},
};
use crate::{Result, calibrators::Registration};

/// How far apart two positions may be that are one, degrees.
const SAME_POSITION_DEG: f64 = 1e-9;

/// What was found of the rows of the old table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// Rows of the old table.
    pub source: usize,
    /// Those that are calibrators.
    pub current: usize,
    /// Those that are in the history.
    pub archived: usize,
    /// Those without a name.
    pub skipped: usize,
    /// The numbers of those that are neither, or not as they were.
    pub missing: Vec<String>,
    /// Calibrators that the old table does not know.
    pub extra: Vec<String>,
}

/// Looks for every row of the old table in the `calibrators` database that `connection` sees.
///
/// # Errors
/// The engine fails.
pub async fn verify_takeover<C: ConnectionTrait>(
    connection: &C,
    old: &OldCalibrators,
) -> Result<Verification> {
    let current = bandpass_calibrator::Entity::find().all(connection).await?;
    let history = bandpass_calibrator_history::Entity::find().all(connection).await?;
    let history = History::of(&history);
    let current: HashMap<String, Registration> =
        current.into_iter().map(|row| (row.calibrator_name.clone(), row.into())).collect();
    let mut found = Verification {
        source: old.count(),
        skipped: old.nameless.len(),
        missing: old.faults.iter().map(|fault| fault.id.clone()).collect(),
        ..Verification::default()
    };
    for (name, rows) in by_name(&old.rows) {
        let newest = rows.last().map(|row| row.id);
        for row in rows {
            let there = current.get(name).filter(|there| newest == Some(row.id) && is(row, there));
            if there.is_some() {
                found.current += 1;
            } else if history.line(row).is_some_and(|line| is(row, line)) {
                found.archived += 1;
            } else {
                found.missing.push(row.id.to_string());
            }
        }
    }
    let named: BTreeSet<&str> =
        old.rows.iter().map(|row| row.registration.calibrator_name.as_str()).collect();
    found.extra = current.into_keys().filter(|name| !named.contains(name.as_str())).collect();
    found.extra.sort();
    Ok(found)
}

/// Whether a row is what it was: its position, range, status and flux density.
fn is(row: &OldCalibrator, found: &Registration) -> bool {
    let row = &row.registration;
    (row.ra_deg - found.ra_deg).abs() <= SAME_POSITION_DEG
        && (row.dec_deg - found.dec_deg).abs() <= SAME_POSITION_DEG
        && row.dec_range_min == found.dec_range_min
        && row.dec_range_max == found.dec_range_max
        && row.status == found.status
        && row.flux_jy == found.flux_jy
}
