//! A table made anew: the one way to change what `ALTER TABLE` cannot.

use super::ddl::{create_index, create_table, is_constant};
use crate::{
    difference::{Difference, Sides},
    model::{Column, Counter, Engine, Table},
    plan::{Step, Way},
    text::{Text, literal, quoted, quoted_list},
};

/// The steps that make a table as desired and keep its rows, its `AUTOINCREMENT` counter, its indexes and
/// its triggers, and leave alone the rows that refer to it, as foreign keys are not enforced.
pub(super) fn rebuild(way: &Way<'_>, actual: &Table, desired: &Table) -> Vec<Step> {
    let (old, new) = (&actual.name, format!("{}__new", desired.name));
    let mut sql = vec![create_table(desired, &new), copy(way, actual, desired, &new)];
    if has_counter(actual) && has_counter(desired) {
        sql.extend(keep_counter(old, &new));
    }
    let mut steps: Vec<Step> = sql.into_iter().map(Step::Execute).collect();
    steps.push(Step::SameRows(old.clone(), new.clone()));
    let mut sql = vec![
        format!("DROP TABLE {}", quoted(old)),
        // Without it a view over the table, which for this moment does not exist, stops the renaming.
        "PRAGMA legacy_alter_table = ON".to_owned(),
        format!("ALTER TABLE {} RENAME TO {}", quoted(&new), quoted(&desired.name)),
        "PRAGMA legacy_alter_table = OFF".to_owned(),
    ];
    let indexes = desired.indexes.iter().filter(|index| !comes_later(way, &index.name));
    sql.extend(indexes.map(|index| create_index(&desired.name, index)));
    sql.extend(triggers(way, &desired.name));
    steps.extend(sql.into_iter().map(Step::Execute));
    steps
}

fn has_counter(table: &Table) -> bool {
    table.columns.iter().any(|column| column.counter == Some(Counter::Autoincrement))
}

/// By named columns and without a cast: a cast makes nothing of what it does not understand.
fn copy(way: &Way<'_>, actual: &Table, desired: &Table, new: &str) -> String {
    let (columns, values): (Vec<&str>, Vec<String>) = desired
        .columns
        .iter()
        .filter_map(|column| Some((column.name.as_str(), value(way, actual, desired, column)?)))
        .unzip();
    let (new, old) = (quoted(new), quoted(&actual.name));
    if columns.is_empty() {
        // Not one column has a value to take over: each row takes its defaults. `rowid` does no harm.
        return format!("INSERT INTO {new} (rowid) SELECT rowid FROM {old}");
    }
    format!("INSERT INTO {new} ({}) SELECT {} FROM {old}", quoted_list(&columns), values.join(", "))
}

/// Where a column's value comes from; none leaves it to the default.
fn value(way: &Way<'_>, actual: &Table, desired: &Table, column: &Column) -> Option<String> {
    if column.generated.is_some() {
        return None;
    }
    let fill = way.hints.fill(Engine::Sqlite, &desired.name, &column.name).map(str::to_owned);
    let Some(old) = actual.column(Engine::Sqlite, &column.name) else {
        return fill;
    };
    let instead = fill.or_else(|| column.default.as_ref().map(default));
    Some(match instead.filter(|_| old.nullable && !column.nullable) {
        Some(instead) => format!("COALESCE({}, {instead})", quoted(&old.name)),
        None => quoted(&old.name),
    })
}

/// A default as an expression: a word that is a string there would be a name here.
fn default(default: &Text) -> String {
    let constant = is_constant(&default.canonical);
    if constant { default.canonical.clone() } else { default.sql.clone() }
}

fn keep_counter(old: &str, new: &str) -> [String; 2] {
    let (old, new) = (literal(old), literal(new));
    [
        format!(
            "DELETE FROM sqlite_sequence WHERE name = {new} \
             AND EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = {old})"
        ),
        format!(
            "INSERT INTO sqlite_sequence (name, seq) \
             SELECT {new}, seq FROM sqlite_sequence WHERE name = {old}"
        ),
    ]
}

fn comes_later(way: &Way<'_>, index: &str) -> bool {
    way.comparison.differences.iter().any(|difference| {
        matches!(difference, Difference::Index(Sides { desired: Some(one), .. }) if one.name == index)
    })
}

/// The triggers of a table that go with it and neither change nor were dropped before.
fn triggers(way: &Way<'_>, table: &str) -> Vec<String> {
    let changes = |name: &str| {
        way.comparison.differences.iter().any(|difference| {
            matches!(difference, Difference::Trigger(Sides { actual: Some(one), .. }) if one.name == name)
        })
    };
    way.actual
        .triggers
        .iter()
        .filter(|trigger| trigger.table.eq_ignore_ascii_case(table) && !changes(&trigger.name))
        .map(|trigger| trigger.definition.sql.clone())
        .collect()
}
