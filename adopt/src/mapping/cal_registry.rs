//! Old shapes of the registry of calibration tables.

use super::{AS_STORED, Old, Shape, Values, first};

pub(super) const SHAPES: [Shape; 3] = [
    Shape {
        from: "caltables",
        into: "caltables",
        is: |old| !old.has("id"),
        reason: "its tables are known by their path, not by a number",
        values: Some(tables),
        order: "old.path",
    },
    Shape {
        from: "caltables",
        into: "caltables",
        is: |old| old.has("valid_from_mjd") && !old.has("valid_start_mjd"),
        reason: "its windows have other names",
        values: Some(tables),
        order: AS_STORED,
    },
    Shape {
        from: "calibration_tables",
        into: "caltables",
        is: |old| old.has("path"),
        reason: "it holds tables that caltables does not",
        values: Some(of_other_name),
        order: "old.path",
    },
];

fn tables(old: &Old<'_>) -> Values {
    let (active, status) = (old.at("active"), old.at("status"));
    vec![
        ("order_index", first(&[old.at("order_index"), order(&old.at("table_type"))])),
        ("valid_start_mjd", first(&[old.at("valid_start_mjd"), old.at("valid_from_mjd")])),
        ("valid_end_mjd", first(&[old.at("valid_end_mjd"), old.at("valid_until_mjd")])),
        ("active", first(&[active.clone(), format!("{status} = 'active'")])),
        (
            "status",
            first(&[status, format!("CASE {active} WHEN 0 THEN 'retired' ELSE 'active' END")]),
        ),
        ("created_at", first(&[old.time("created_at"), old.now()])),
    ]
}

/// The numbers of another table say nothing in this one.
fn of_other_name(old: &Old<'_>) -> Values {
    let mut values = tables(old);
    values.push(("id", "NULL".to_owned()));
    values
}

/// The order in which tables of a type are applied.
fn order(table_type: &str) -> String {
    format!(
        "CASE {table_type} WHEN 'K' THEN 10 WHEN 'BA' THEN 20 WHEN 'BP' THEN 30 WHEN 'GA' THEN 40 \
         WHEN 'GP' THEN 50 WHEN 'G' THEN 50 WHEN '2G' THEN 60 WHEN 'FLUX' THEN 70 ELSE 80 END"
    )
}
