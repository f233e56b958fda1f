//! Old shapes of what the pipeline made.

use migration_schema::{Engine, quoted};

use super::{AS_STORED, Old, Shape, Values, first};
use crate::unix::unix;

pub(super) const SHAPES: [Shape; 6] = [
    Shape {
        from: "mosaics",
        into: "mosaics",
        is: |old| old.has("output_path") && !old.has("path"),
        reason: "it has no path and no time range",
        values: Some(mosaics),
        order: AS_STORED,
    },
    Shape {
        from: "mosaics",
        into: "mosaics",
        is: |old| old.has("plan_id") && !old.has("start_mjd"),
        reason: "its time range is that of its plan",
        values: Some(planned_mosaics),
        order: AS_STORED,
    },
    Shape {
        from: "variability_stats",
        into: "variability_stats",
        is: |old| old.has("eta") && old.has("n_epochs") && !old.has("eta_metric"),
        reason: "its statistics have other names, and its times are text",
        values: Some(variability),
        order: AS_STORED,
    },
    Shape {
        from: "batch_jobs",
        into: "batch_jobs",
        is: |old| old.has("batch_type") && !old.has("total_items"),
        reason: "its columns have other names",
        values: Some(batch_jobs),
        order: AS_STORED,
    },
    Shape {
        from: "alert_history",
        into: "alert_history",
        is: |old| !old.has("alert_type") || !old.has("message"),
        reason: ANOTHER,
        values: None,
        order: AS_STORED,
    },
    Shape {
        from: "dead_letter_queue",
        into: "dead_letter_queue",
        is: |old| !old.has("component") || !old.has("operation") || !old.has("error_type"),
        reason: ANOTHER,
        values: None,
        order: AS_STORED,
    },
];

const ANOTHER: &str = "it is another table of the same name: its rows stay under __legacy";

/// The time range of an old mosaic is that of the measurement sets of its tiles: images by path or number, or
/// measurement sets themselves.
fn mosaics(old: &Old<'_>) -> Values {
    let tiles = old.at("tiles");
    // Python's own spelling of a list differs from JSON in its quotes.
    let tiles = format!(
        "CASE WHEN json_valid({tiles}) THEN {tiles} \
         WHEN json_valid(replace({tiles}, '''', '\"')) THEN replace({tiles}, '''', '\"') ELSE '[]' END"
    );
    let of_tiles = |edge: &str| {
        format!(
            "(SELECT {edge}(ms.mid_mjd) FROM json_each({tiles}) AS tile JOIN ms_index AS ms \
             ON ms.path = tile.value OR ms.path IN (SELECT image.ms_path FROM images AS image \
             WHERE image.path = tile.value OR image.id = tile.value))"
        )
    };
    vec![
        ("path", old.at("output_path")),
        ("start_mjd", of_tiles("min")),
        ("end_mjd", of_tiles("max")),
    ]
}

fn planned_mosaics(old: &Old<'_>) -> Values {
    let mut keys = old.table.foreign_keys.iter();
    let plans = keys.find(|key| key.columns == ["plan_id"]).map(|key| key.table.as_str());
    let plans = old.file.table(plans.unwrap_or("mosaic_plans"));
    let of_plan = |names: &[&str], read: fn(&str) -> String| {
        let plans = plans?;
        let column = names.iter().find(|name| plans.column(Engine::Sqlite, name).is_some())?;
        let value = read(&format!("plan.{}", quoted(column)));
        let plans = quoted(&plans.name);
        Some(format!("(SELECT {value} FROM {plans} AS plan WHERE plan.id = {})", old.at("plan_id")))
    };
    let or_null = |found: Option<String>| found.unwrap_or_else(|| "NULL".to_owned());
    vec![
        (
            "name",
            first(&[old.at("name"), or_null(of_plan(&["name"], str::to_owned)), old.at("path")]),
        ),
        ("created_at", old.time("created_at")),
        ("start_mjd", or_null(of_plan(&["start_mjd", "start_time"], mjd))),
        ("end_mjd", or_null(of_plan(&["end_mjd", "end_time"], mjd))),
    ]
}

/// An instant as a Modified Julian Date: no Unix time of the survey is as small as one.
fn mjd(value: &str) -> String {
    let unix = unix(value);
    format!("CASE WHEN {unix} < 1000000 THEN {unix} ELSE {unix} / 86400.0 + 40587.0 END")
}

fn variability(old: &Old<'_>) -> Values {
    vec![
        ("eta_metric", old.at("eta")),
        ("v_metric", old.at("v")),
        ("n_obs", old.at("n_epochs")),
        ("last_measured_at", old.time("last_measured_at")),
        ("updated_at", old.time("updated_at")),
    ]
}

fn batch_jobs(old: &Old<'_>) -> Values {
    vec![
        ("type", old.at("batch_type")),
        ("created_at", old.time("created_at")),
        ("total_items", old.at("item_count")),
        ("completed_items", old.at("processed_count")),
        ("failed_items", old.at("failed_count")),
    ]
}
