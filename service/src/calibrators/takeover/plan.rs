//! What becomes of each row of the old table.

use std::collections::{BTreeMap, HashMap};

use almanac_entity::calibrators::{
    CalibratorHistoryOrigin, CalibratorStatus, bandpass_calibrator, bandpass_calibrator_history,
};

use super::{OldCalibrator, OldCalibrators};
use crate::calibrators::Registration;

/// What becomes of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It becomes a calibrator; none of its name is known.
    Insert,
    /// It takes the place of an older registration, which goes into the history unless it comes from the old
    /// table itself.
    Replace {
        /// The calibrator's number, which stays.
        id: i64,
        /// Whether what was there goes into the history.
        archived: bool,
    },
    /// It goes into the history.
    Archive,
    /// It is in the history, as it was before somebody changed it in the old table.
    Correct {
        /// The number of its line in the history.
        id: i64,
    },
    /// It is there already.
    Present,
}

/// A row and what becomes of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The row.
    pub row: OldCalibrator,
    /// What becomes of it.
    pub fate: Fate,
}

/// What becomes of the rows of the old table where there is no database yet.
pub fn plan_for_nothing(old: &OldCalibrators) -> Vec<Step> {
    plan(&old.rows, &[], &[])
}

/// What becomes of the rows of the old table beside what the database holds already.
pub(super) fn plan(
    old: &[OldCalibrator],
    current: &[bandpass_calibrator::Model],
    history: &[bandpass_calibrator_history::Model],
) -> Vec<Step> {
    let current: HashMap<&str, &bandpass_calibrator::Model> =
        current.iter().map(|row| (row.calibrator_name.as_str(), row)).collect();
    let history = History::of(history);
    let mut steps = Vec::new();
    for rows in by_name(old).into_values() {
        let Some((newest, others)) = rows.split_last() else { continue };
        for other in others {
            steps.push(Step { row: (*other).clone(), fate: history.fate(other) });
        }
        let there = current.get(newest.registration.calibrator_name.as_str());
        let fate = match there {
            None => Fate::Insert,
            Some(there) => {
                let registered = Registration::from((*there).clone());
                if registered == newest.registration {
                    Fate::Present
                } else if there.registered_at >= newest.registration.registered_at {
                    history.fate(newest)
                } else {
                    let archived = others.iter().all(|other| other.registration != registered);
                    Fate::Replace { id: there.id, archived }
                }
            }
        };
        steps.push(Step { row: (*newest).clone(), fate });
    }
    steps
}

/// The rows of each name, the one last that is the calibrator now: one in use before one that is not, then the
/// one registered last, then the one of the highest number.
pub(super) fn by_name(old: &[OldCalibrator]) -> BTreeMap<&str, Vec<&OldCalibrator>> {
    let mut names: BTreeMap<&str, Vec<&OldCalibrator>> = BTreeMap::new();
    for row in old {
        names.entry(&row.registration.calibrator_name).or_default().push(row);
    }
    for rows in names.values_mut() {
        rows.sort_by(|one, other| {
            let in_use =
                |row: &OldCalibrator| row.registration.status == Some(CalibratorStatus::Active);
            let at = |row: &OldCalibrator| row.registration.registered_at.0;
            let by_use = in_use(one).cmp(&in_use(other));
            by_use.then(at(one).total_cmp(&at(other))).then(one.id.cmp(&other.id))
        });
    }
    names
}

/// The history, by where its lines come from.
pub(super) struct History {
    /// Those from the old table, by their numbers there.
    moved: HashMap<i64, (i64, Registration)>,
    /// Those of what was registered here, by name.
    own: HashMap<String, Vec<Registration>>,
}

impl History {
    pub(super) fn of(lines: &[bandpass_calibrator_history::Model]) -> Self {
        let mut history = Self { moved: HashMap::new(), own: HashMap::new() };
        for line in lines {
            let registration = Registration::from(line.clone());
            match (&line.origin, line.origin_id) {
                (CalibratorHistoryOrigin::Migration, Some(id)) => {
                    history.moved.insert(id, (line.id, registration));
                }
                _ => {
                    let name = line.calibrator_name.clone();
                    history.own.entry(name).or_default().push(registration);
                }
            }
        }
        history
    }

    /// The line that a row of the old table has, if any: as it was moved, or as it went into the history after it
    /// had been taken over.
    pub(super) fn line(&self, row: &OldCalibrator) -> Option<&Registration> {
        let moved = self.moved.get(&row.id).map(|(_, registration)| registration);
        let own = || self.own.get(&row.registration.calibrator_name);
        moved.or_else(|| own()?.iter().find(|line| **line == row.registration))
    }

    fn fate(&self, row: &OldCalibrator) -> Fate {
        match (self.line(row), self.moved.get(&row.id)) {
            (None, _) => Fate::Archive,
            (Some(_), Some((id, line))) if *line != row.registration => Fate::Correct { id: *id },
            _ => Fate::Present,
        }
    }
}
