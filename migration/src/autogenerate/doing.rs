//! A plan for SQLite as revisions carry it out: tables made anew by the function for that, where it can.

use almanac_database::Address;
use migration_schema::{Engine, Operation, Schema, Step, Table};
use sea_orm_migration::prelude::DbErr;
use sqlite3_parser::dialect::keyword_token;

use super::{
    change::{Doing, statements},
    house::lasting,
    restate::restated,
};
use crate::Stated;

/// What `operations` do, which lead from one schema to another.
pub(super) async fn doings(
    address: &Address,
    operations: &[Operation],
    ends: (&Schema, &Schema),
    tables: &[Stated],
) -> Result<Vec<Doing>, DbErr> {
    let mut doings: Vec<Doing> = Vec::new();
    for (at, operation) in operations.iter().enumerate() {
        if let Some(rebuilt) = rebuild(address, operations, at, ends, tables).await? {
            doings.push(rebuilt);
            continue;
        }
        let more = statements([operation]);
        match doings.last_mut() {
            Some(Doing::Execute(before)) => before.extend(more),
            _ => doings.push(Doing::Execute(more)),
        }
    }
    Ok(doings)
}

async fn rebuild(
    address: &Address,
    operations: &[Operation],
    at: usize,
    (begin, end): (&Schema, &Schema),
    tables: &[Stated],
) -> Result<Option<Doing>, DbErr> {
    let (before, operation, after) = (&operations[..at], &operations[at], &operations[at + 1..]);
    let anew = operation.steps.iter().find_map(|step| match step {
        Step::SameRows(old, _) => end.table(old),
        Step::Execute(_) => None,
    });
    let Some(table) = anew else { return Ok(None) };
    let copy = statements([operation]).into_iter().find(|sql| sql.starts_with("INSERT INTO"));
    let Some(copied) = copy.and_then(|sql| copied(&sql)) else { return Ok(None) };
    let later: Vec<String> = statements(after);
    let comes = |name: &str| {
        let made = format!(" INDEX \"{}\" ON ", name.replace('"', "\"\""));
        later.iter().any(|sql| sql.starts_with("CREATE ") && sql.contains(&made))
    };
    let later: Vec<String> =
        table.indexes.iter().map(|index| index.name.clone()).filter(|name| comes(name)).collect();
    let stated = tables.iter().find(|stated| stated.name() == table.name);
    let Some(mut written) = restated(address, table, stated, &later).await? else {
        return Ok(None);
    };
    let dropped = dropped(begin, table, &copied, &statements(before));
    if !dropped.is_empty() {
        written = written
            .then(&format!("\n.dropped({dropped:?})"), |table| table.dropped(dropped.clone()));
    }
    Ok(Some(Doing::Rebuild(table.name.clone(), Box::new(written), copied)))
}

/// The columns that go when the table is made anew: neither are they in the new one, nor is anything read from them,
/// nor did they go before.
fn dropped(
    begin: &Schema,
    table: &Table,
    copied: &[(String, String)],
    before: &[String],
) -> Vec<&'static str> {
    let columns = begin.table(&table.name).map_or(&[][..], |table| &table.columns);
    let goes = |name: &&str| {
        let dropped = format!(" DROP COLUMN \"{}\"", name.replace('"', "\"\""));
        table.column(Engine::Sqlite, name).is_none()
            && !copied.iter().any(|(_, from)| from.contains(*name))
            && !before.iter().any(|sql| sql.ends_with(&dropped))
    };
    columns.iter().map(|column| column.name.as_str()).filter(goes).map(lasting).collect()
}

/// The columns and values of `INSERT INTO "new" ("a", "b") SELECT x, y FROM "old"`.
fn copied(sql: &str) -> Option<Vec<(String, String)>> {
    let (columns, values) = sql.split_once(") SELECT ")?;
    let (_, columns) = columns.split_once(" (")?;
    let (values, _) = values.rsplit_once(" FROM ")?;
    let columns: Vec<String> = items(columns).into_iter().map(unquoted).collect();
    let values: Vec<String> = items(values).into_iter().map(plain).collect();
    (columns.len() == values.len()).then(|| columns.into_iter().zip(values).collect())
}

/// What commas part that are in neither quotes nor parentheses.
fn items(list: &str) -> Vec<&str> {
    let (mut items, mut begin, mut depth, mut quote) = (Vec::new(), 0, 0_u32, None);
    for (at, letter) in list.char_indices() {
        match (quote, letter) {
            (None, '\'' | '"') => quote = Some(letter),
            (Some(open), close) if open == close => quote = None,
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                items.push(list[begin..at].trim());
                begin = at + 1;
            }
            _ => {}
        }
    }
    items.push(list[begin..].trim());
    items
}

fn unquoted(name: &str) -> String {
    let inner = name.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
    inner.map_or_else(|| name.to_owned(), |inner| inner.replace("\"\"", "\""))
}

/// A column's own name without quotes, where it needs none; an expression as it is.
fn plain(value: &str) -> String {
    let name = unquoted(value);
    let is_part =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
    let is_name =
        name.starts_with(|first: char| first.is_ascii_lowercase()) && name.chars().all(is_part);
    if is_name && keyword_token(name.as_bytes()).is_none() { name } else { value.to_owned() }
}
