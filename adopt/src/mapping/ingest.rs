//! Old shapes of the ingest queue.

use super::{AS_STORED, Old, Shape, Values, first};
use crate::unix::unix;

pub(super) const SHAPES: [Shape; 4] = [
    Shape {
        from: "ingest_queue",
        into: "ingest_queue",
        is: |old| old.has("received_at") && !old.has("last_update"),
        reason: "its times are text, and it has no last_update",
        values: Some(queue),
        order: AS_STORED,
    },
    Shape {
        from: "subband_files",
        into: "subband_files",
        is: |old| old.has("path") && !old.has("file_path"),
        reason: "its files are known by group and subband, not by a number",
        values: Some(files),
        order: AS_STORED,
    },
    Shape {
        from: "performance_metrics",
        into: "performance_metrics",
        is: |old| !old.has("id"),
        reason: "its rows are known by their group, not by a number",
        values: Some(metrics),
        order: AS_STORED,
    },
    Shape {
        from: "performance_metrics",
        into: "performance_metrics",
        is: |old| old.is_text("recorded_at"),
        reason: "recorded_at is text, and a group may have several rows, of which the newest counts",
        values: Some(metrics),
        order: "old.recorded_at DESC, old.rowid DESC",
    },
];

fn queue(old: &Old<'_>) -> Values {
    let received = old.time("received_at");
    let or_received = |column| first(&[old.time(column), received.clone()]);
    let latest = ["completed_at", "started_at"].map(or_received).join(", ");
    vec![
        ("last_update", format!("max({latest}, {received})")),
        ("received_at", received),
        ("expected_subbands", "16".to_owned()),
    ]
}

fn files(old: &Old<'_>) -> Values {
    vec![
        ("file_path", old.at("path")),
        ("discovered_at", first(&[of_group("received_at"), old.time("group_id"), old.now()])),
    ]
}

fn metrics(old: &Old<'_>) -> Values {
    let recorded =
        first(&[old.time("recorded_at"), of_group("last_update"), old.time("group_id"), old.now()]);
    vec![("recorded_at", recorded)]
}

/// An instant of the group that the old row belongs to.
fn of_group(column: &str) -> String {
    let instant = unix(&format!("queue.{column}"));
    format!("(SELECT {instant} FROM ingest_queue AS queue WHERE queue.group_id = old.group_id)")
}
