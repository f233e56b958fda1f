//! Plans changes of an enumeration type of PostgreSQL.

use super::{
    ddl::create_type,
    plan::{Timed, Turn, safe},
};
use crate::{
    difference::Sides,
    model::{Engine, Enumeration, Table},
    plan::{Operation, Safety, Way},
    text::{literal, quoted},
};

/// What becomes of a type: labels are added in place; to take one away by itself is refused, as rows may have
/// it, unless it was this plan that added it.
pub(super) fn operations(way: &Way<'_>, sides: &Sides<Enumeration>) -> Vec<Timed> {
    let name = &sides.table;
    match (&sides.actual, &sides.desired) {
        (None, Some(desired)) => {
            vec![safe(Turn::ChangeType, format!("create the type {name}"), create_type(desired))]
        }
        (Some(_), None) => {
            let sql = format!("DROP TYPE {}", quoted(name));
            vec![safe(Turn::DropType, format!("drop the type {name}"), sql)]
        }
        (Some(actual), Some(desired)) => match additions(actual, desired) {
            _ if way.is_back => vec![anew(way, desired)],
            Some(sql) => {
                let summary = format!("add labels to the type {name}");
                vec![(Turn::ChangeType, Operation::new(summary, Safety::Safe, sql))]
            }
            None => vec![(Turn::ChangeType, Operation::blocked(advice(actual, desired)))],
        },
        (None, None) => Vec::new(),
    }
}

fn advice(actual: &Enumeration, desired: &Enumeration) -> String {
    let name = &actual.name;
    let gone: Vec<&str> = actual
        .labels
        .iter()
        .filter(|label| !desired.labels.contains(label))
        .map(String::as_str)
        .collect();
    if gone.is_empty() {
        return format!("the labels of the type {name} cannot change their order: make a new type");
    }
    format!(
        "the type {name} cannot lose {}: give the rows that have it another label, then make a new type \
         and change the columns to it by hand",
        gone.join(", ")
    )
}

/// The statements that add what is missing, if all the labels there are keep their order.
fn additions(actual: &Enumeration, desired: &Enumeration) -> Option<Vec<String>> {
    let kept: Vec<&String> =
        desired.labels.iter().filter(|label| actual.labels.contains(label)).collect();
    if !kept.into_iter().eq(&actual.labels) {
        return None;
    }
    let mut sql = Vec::new();
    for (at, label) in desired.labels.iter().enumerate() {
        if actual.labels.contains(label) {
            continue;
        }
        let place = match at.checked_sub(1).and_then(|before| desired.labels.get(before)) {
            Some(before) => format!("AFTER {}", literal(before)),
            None => match actual.labels.first() {
                Some(first) => format!("BEFORE {}", literal(first)),
                None => String::new(),
            },
        };
        let (name, label) = (quoted(&actual.name), literal(label));
        sql.push(format!("ALTER TYPE {name} ADD VALUE {label} {place}").trim_end().to_owned());
    }
    Some(sql)
}

/// The type made anew, and every column of it changed over. A row that has a label of no more stops it.
fn anew(way: &Way<'_>, desired: &Enumeration) -> Timed {
    let (name, old) = (&desired.name, format!("{}__old", desired.name));
    let mut sql = vec![
        format!("ALTER TYPE {} RENAME TO {}", quoted(name), quoted(&old)),
        create_type(desired),
    ];
    for table in &way.actual.tables {
        // What is not desired has gone by then.
        if let Some(kept) = way.desired.table(&table.name) {
            sql.extend(columns(table, kept, name));
        }
    }
    sql.push(format!("DROP TYPE {}", quoted(&old)));
    (Turn::ChangeType, Operation::new(format!("make the type {name} anew"), Safety::Lossy, sql))
}

fn columns(table: &Table, kept: &Table, ty: &str) -> Vec<String> {
    let mut sql = Vec::new();
    for column in &table.columns {
        let (array, declared) = match column.ty.sql.strip_suffix("[]") {
            Some(element) => ("[]", element),
            None => ("", column.ty.sql.as_str()),
        };
        let of_type = declared == ty || declared == quoted(ty);
        if !of_type || kept.column(Engine::Postgres, &column.name).is_none() {
            continue;
        }
        let (name, ty) = (quoted(&column.name), format!("{}{array}", quoted(ty)));
        let alter = format!("ALTER TABLE {} ALTER COLUMN {name}", quoted(&table.name));
        if column.default.is_some() {
            sql.push(format!("{alter} DROP DEFAULT"));
        }
        sql.push(format!("{alter} TYPE {ty} USING {name}::text{array}::{ty}"));
        if let Some(default) = &column.default {
            sql.push(format!("{alter} SET DEFAULT {}", default.sql));
        }
    }
    sql
}
