//! Histories of a row, told by some of their records.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use sea_orm::prelude::Uuid;
use serde_json::json;

use super::*;

/// What happens to a row.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// A column is set, with a record.
    Set(&'static str, u8),
    /// A column is set among many rows, without a record of the row's own.
    SetAmongMany(&'static str, u8),
    Delete,
    Make,
}

fn at(second: usize) -> DateTime<Utc> {
    let begin: DateTime<Utc> = "2025-10-02T12:00:00Z".parse().unwrap();
    begin + TimeDelta::seconds(second.try_into().unwrap())
}

fn text(instant: DateTime<Utc>) -> Json {
    json!(instant.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string())
}

fn made(second: usize) -> Cells {
    let row =
        json!({ "a": 0, "b": 0, "created_at": text(at(second)), "updated_at": text(at(second)) });
    cells(Some(row)).unwrap()
}

/// The row after each event, and its records; the first event has none if `is_silent`.
fn happen(events: &[Event], is_silent: bool) -> (Vec<Option<Cells>>, Vec<audit_record::Model>) {
    let mut row: Option<Cells> = None;
    let (mut states, mut trail) = (Vec::new(), Vec::new());
    for (second, event) in events.iter().enumerate() {
        let before = row.clone();
        match event {
            Event::Make => row = Some(row.unwrap_or_else(|| made(second))),
            Event::Delete => row = None,
            Event::Set(column, value) | Event::SetAmongMany(column, value) => {
                if let Some(row) = &mut row {
                    row.insert((*column).to_owned(), json!(value));
                    row.insert("updated_at".to_owned(), text(at(second)));
                }
            }
        }
        states.push(row.clone());
        let is_untold = matches!(event, Event::SetAmongMany(..)) || (second == 0 && is_silent);
        if before != row && !is_untold {
            trail.push(record(second, before, row.clone()));
        }
    }
    (states, trail)
}

fn record(second: usize, before: Option<Cells>, after: Option<Cells>) -> audit_record::Model {
    let (mut old, mut new) = (before, after);
    if let (Some(old), Some(new)) = (&mut old, &mut new) {
        let (was, is) = (old.clone(), new.clone());
        old.retain(|column, cell| is.get(column) != Some(cell));
        new.retain(|column, cell| was.get(column) != Some(cell));
    }
    audit_record::Model {
        id: Uuid::from_u128(second as u128),
        entity_type: "detection".to_owned(),
        entity_id: Uuid::nil(),
        action: "detection.status".to_owned(),
        user_id: None,
        old_values: old.map(Json::Object),
        new_values: new.map(Json::Object),
        change_summary: None,
        ip_address: None,
        user_agent: None,
        created_at: at(second),
    }
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        6 => (prop_oneof![Just("a"), Just("b")], 0..4_u8).prop_map(|(column, to)| Event::Set(column, to)),
        1 => Just(Event::Delete),
        1 => Just(Event::Make),
    ];
    proptest::collection::vec(event, 0..12).prop_map(|mut events| {
        events.insert(0, Event::Make);
        events
    })
}

fn known(state: Option<&Cells>) -> PastRow {
    state.cloned().map_or(PastRow::Absent, PastRow::Known)
}

proptest! {
    #[test]
    fn each_state_is_found_again(events in events(), is_silent in any::<bool>()) {
        let (states, trail) = happen(&events, is_silent);
        let present = states.last().cloned().flatten();
        for (second, state) in states.iter().enumerate() {
            let found = fold("detection", trail.clone(), present.clone(), at(second));
            prop_assert_eq!(found, known(state.as_ref()), "at second {}", second);
        }
    }

    #[test]
    fn what_was_changed_among_many_is_never_told_wrongly(
        events in events(), place in 1..8_usize, value in 4..8_u8,
    ) {
        let mut events = events;
        events.insert(place.min(events.len()), Event::SetAmongMany("a", value));
        let (states, trail) = happen(&events, true);
        let present = states.last().cloned().flatten();
        for (second, state) in states.iter().enumerate() {
            let found = fold("detection", trail.clone(), present.clone(), at(second));
            // Once a deletion and another making are in the log, what follows is told by them alone.
            let is_told_anew = trail.iter().any(|record| record.old_values.is_none());
            prop_assert!(
                found == known(state.as_ref()) || found == PastRow::Unknown || is_told_anew,
                "at second {}: {:?} and not {:?}", second, found, state
            );
        }
    }
}

#[test]
fn records_named_by_another_table_are_passed_over() {
    let (_, mut trail) = happen(&[Event::Make, Event::Set("a", 1)], false);
    let mut other = record(9, None, Some(made(9)));
    other.action = "alert.suppressed".to_owned();
    trail.push(other);
    let PastRow::Known(row) = fold("detection", trail, None, at(10)) else { panic!("it is known") };
    assert_eq!((row["a"].clone(), row["created_at"].clone()), (json!(1), text(at(0))));
}
