//! The changes that revisions have functions for, found in what differs.

use almanac_database::Database;
use migration_schema::{Hints, Index, Over, Schema};
use sea_orm_migration::prelude::{ColumnDef, ColumnType, DbErr};

use super::{
    change::{Both, Change},
    house::{self, Written, lasting},
    side::Side,
};
use crate::{Stated, model::parents_first, target::refused};

/// The declared renames, those whose old name is there and whose new one the entities ask for.
pub(super) fn renames(side: &Side, hints: &Hints) -> Result<Vec<Change>, DbErr> {
    let both = |what: &str, old: &str, new: &str| {
        refused(&format!(
            "{what} {old} cannot be renamed to {new}: both are there. Move what {old} holds, then drop it"
        ))
    };
    let mut changes = Vec::new();
    for rename in &hints.tables {
        let (from, to) = (&rename.from, &rename.to);
        if side.begin.table(from).is_some() && side.desires(to, None) {
            if side.begin.table(to).is_some() {
                return Err(both("table", from, to));
            }
            let sql = |from, to| format!("ALTER TABLE {} RENAME TO {}", quoted(from), quoted(to));
            changes.push(Change::Rename { up: sql(from, to), down: sql(to, from) });
        }
    }
    for rename in &hints.columns {
        let (table, from, to) = (&rename.table, &rename.from, &rename.to);
        let before = hints.tables.iter().find(|one| one.to == *table).map(|one| &one.from);
        let begin = side.begin.table(table).or_else(|| side.begin.table(before?));
        let engine = side.begin.engine;
        let has = |name: &str| begin.is_some_and(|begin| begin.column(engine, name).is_some());
        if has(from) && side.desires(table, Some(to)) {
            if has(to) {
                return Err(both("column", &format!("{table}.{from}"), to));
            }
            let sql = |from, to| {
                let (table, from, to) = (quoted(table), quoted(from), quoted(to));
                format!("ALTER TABLE {table} RENAME COLUMN {from} TO {to}")
            };
            changes.push(Change::Rename { up: sql(from, to), down: sql(to, from) });
        }
    }
    Ok(changes)
}

/// A name as a statement takes it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Refuses new columns that rows have nothing for.
pub(super) fn refuse_empty(tables: &[Stated], made: &Schema, hints: &Hints) -> Result<(), DbErr> {
    let mut empty = Vec::new();
    for (table, column) in new_columns(tables, made) {
        let name = column.get_column_name();
        let filled = hints.fills.iter().any(|fill| fill.table == table && fill.column == name);
        let spec = column.get_column_spec();
        if spec.nullable == Some(false) && spec.default.is_none() && !filled {
            empty.push(format!("{table}.{name}"));
        }
    }
    if empty.is_empty() {
        return Ok(());
    }
    let empty = empty.join(", ");
    Err(refused(&format!(
        "rows have nothing for {empty}, which may not be null: say what fills it"
    )))
}

/// The new tables, in one change, parents first. Those with enumerations whose types are there already are left,
/// as the function that creates tables creates the types too.
pub(super) fn tables(
    database: Database,
    tables: &[Stated],
    made: &Both<Schema>,
    wanted: &Schema,
) -> Result<Vec<Change>, DbErr> {
    let is_new = |stated: &Stated| made.sqlite.table(&stated.name()).is_none();
    let shared = |ty: &str| {
        let older = tables.iter().filter(|stated| !is_new(stated)).flat_map(Stated::enumerations);
        made.postgres.enums.iter().any(|one| one.name == ty)
            || older.into_iter().any(|(_, name, _)| name == ty)
    };
    let mut new = Vec::new();
    for stated in parents_first(tables).into_iter().filter(|stated| is_new(stated)) {
        if stated.enumerations().any(|(_, ty, _)| shared(&ty)) {
            continue;
        }
        let name = stated.name();
        let indexes = wanted.table(&name).map_or(&[][..], |table| &table.indexes);
        let indexes: Vec<_> = indexes
            .iter()
            .map(|index| (index.name.clone(), columns_of(index), index.unique))
            .collect();
        new.push((name, house::table(database, stated, &indexes)?));
    }
    Ok(if new.is_empty() { Vec::new() } else { vec![Change::Tables(new)] })
}

/// The new columns of tables that are there, a change for each table; those that need more than `ADD COLUMN` are
/// left.
pub(super) fn columns(
    database: Database,
    tables: &[Stated],
    made: &Schema,
) -> Result<Vec<Change>, DbErr> {
    let mut changes: Vec<(String, Vec<Written<migration_support::Column>>)> = Vec::new();
    for (table, column) in new_columns(tables, made) {
        if !is_simple(&column) {
            continue;
        }
        let written = house::column(database, &table, &column, false)?;
        match changes.last_mut().filter(|(name, _)| *name == table) {
            Some((_, columns)) => columns.push(written),
            None => changes.push((table, vec![written])),
        }
    }
    let change = |(table, columns): (String, _)| Change::Columns(lasting(&table), columns);
    Ok(changes.into_iter().map(change).collect())
}

fn new_columns(tables: &[Stated], made: &Schema) -> Vec<(String, ColumnDef)> {
    let mut new = Vec::new();
    for stated in tables {
        let Some(table) = made.table(&stated.name()) else { continue };
        for column in stated.table.get_columns() {
            if table.column(made.engine, &column.get_column_name()).is_none() {
                new.push((stated.name(), column.clone()));
            }
        }
    }
    new
}

/// Whether `ADD COLUMN` is enough on both engines.
fn is_simple(column: &ColumnDef) -> bool {
    let spec = column.get_column_spec();
    let special = matches!(
        column.get_column_type(),
        Some(ColumnType::Enum { .. } | ColumnType::TimestampWithTimeZone)
    );
    let given = spec.default.is_some();
    !spec.primary_key
        && (spec.nullable != Some(false) || given)
        && !(special && given)
        && !matches!(column.get_column_type(), Some(ColumnType::Enum { .. }))
}

/// Takes away the indexes that tables do not have yet.
pub(super) fn without_new_indexes(is: &Schema, should: &mut Schema) {
    for table in &mut should.tables {
        if let Some(present) = is.table(&table.name) {
            table.indexes.retain(|index| present.indexes.iter().any(|one| one.name == index.name));
        }
    }
}

/// The new indexes of tables that are there, a change for each table.
pub(super) fn indexes(is: &Schema, should: &Schema) -> Result<Vec<Change>, DbErr> {
    let mut changes = Vec::new();
    for table in &should.tables {
        let Some(present) = is.table(&table.name) else { continue };
        let new = |index: &&Index| present.indexes.iter().all(|one| one.name != index.name);
        let written = table.indexes.iter().filter(new);
        let written =
            written.map(|index| house::index(&index.name, &columns_of(index), index.unique));
        let written: Vec<_> = written.collect::<Result<_, _>>()?;
        if !written.is_empty() {
            changes.push(Change::Indexes(lasting(&table.name), written));
        }
    }
    Ok(changes)
}

fn columns_of(index: &Index) -> Vec<String> {
    let column = |over: &Over| match over {
        Over::Column(name) => Some(name.clone()),
        Over::Expression(_) => None,
    };
    index.parts.iter().filter_map(|part| column(&part.over)).collect()
}
