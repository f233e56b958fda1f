//! A row put together from its records.

use almanac_entity::astrid::audit_record;
use sea_orm::prelude::DateTimeUtc;
use serde_json::{Map, Value as Json};

use crate::record::{self, Cells};

/// What a row held at an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PastRow {
    /// There was no such row.
    Absent,
    /// Its cells by column, as the log writes them. Heartbeats, leases and instants of changes that the log passes
    /// over are those of the change before or after.
    Known(Map<String, Json>),
    /// The log does not say: the row was changed or deleted among many since, or never was.
    Unknown,
}

/// Columns of a table with a heartbeat that change without a record.
const PASSING: [&str; 3] = ["heartbeat_at", "lease_expires_at", "updated_at"];

/// What the row held at `at`; `present` is the row as it is now.
pub(super) fn fold(
    entity_type: &str,
    mut trail: Vec<audit_record::Model>,
    present: Option<Cells>,
    at: DateTimeUtc,
) -> PastRow {
    // Records about a row may be named by another table, such as an alert about it that was suppressed.
    let own = record::named(entity_type);
    trail.retain(|record| record.action.split('.').next() == Some(own));
    // Keys follow the order of writing, which the row's lock makes that of the changes. Instants do not where one
    // waited for another.
    trail.sort_by_key(|record| record.id);
    let (before, after): (Vec<_>, Vec<_>) =
        trail.into_iter().map(Step::of).partition(|step| step.at <= at);
    match before.iter().rposition(Step::is_whole) {
        Some(start) => add(&before[start..]),
        None => undo(&after, present, at),
    }
}

/// What a record says of its row.
struct Step {
    at: DateTimeUtc,
    before: Option<Cells>,
    after: Option<Cells>,
}

impl Step {
    fn of(record: audit_record::Model) -> Self {
        Self {
            at: record.created_at,
            before: cells(record.old_values),
            after: cells(record.new_values),
        }
    }

    /// Whether it tells of the whole row: its making or its deletion.
    fn is_whole(&self) -> bool {
        self.before.is_none() || self.after.is_none()
    }
}

fn cells(values: Option<Json>) -> Option<Cells> {
    match values {
        Some(Json::Object(cells)) => Some(cells),
        _ => None,
    }
}

/// Does what the steps tell, the first of which tells of the whole row.
fn add(steps: &[Step]) -> PastRow {
    let Some((first, changes)) = steps.split_first() else { return PastRow::Unknown };
    let Some(mut row) = first.after.clone() else { return PastRow::Absent };
    for change in changes {
        row.extend(change.after.clone().into_iter().flatten());
    }
    PastRow::Known(row)
}

/// Undoes the steps, from the first that tells of the whole row or from what the row holds now.
fn undo(steps: &[Step], present: Option<Cells>, at: DateTimeUtc) -> PastRow {
    let end = steps.iter().position(Step::is_whole);
    let row = match end.map(|end| &steps[end]) {
        Some(Step { before: None, .. }) => return PastRow::Absent,
        Some(deletion) => deletion.before.clone(),
        None => present,
    };
    let Some(mut row) = row else { return PastRow::Unknown };
    if instant(&row, "created_at").is_some_and(|made| made > at) {
        return PastRow::Absent;
    }
    let has_heartbeat = row.contains_key("heartbeat_at");
    let passes = |column: &str| has_heartbeat && PASSING.contains(&column);
    for step in steps[..end.unwrap_or(steps.len())].iter().rev() {
        let (Some(before), Some(after)) = (&step.before, &step.after) else {
            return PastRow::Unknown;
        };
        // Where the row was something else than the step left it, something else changed it.
        let mut left = after.iter().filter(|(column, _)| !passes(column));
        if left.any(|(column, cell)| row.get(column) != Some(cell)) {
            return PastRow::Unknown;
        }
        row.extend(before.clone());
    }
    if !has_heartbeat && instant(&row, "updated_at").is_some_and(|changed| changed > at) {
        return PastRow::Unknown;
    }
    PastRow::Known(row)
}

fn instant(row: &Cells, column: &str) -> Option<DateTimeUtc> {
    row.get(column)?.as_str()?.parse().ok()
}

#[cfg(test)]
mod tests;
