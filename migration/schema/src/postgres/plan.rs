//! Plans changes of a PostgreSQL schema: `ALTER` throughout, in an order that its dependencies allow.

use super::{
    column::{added, altered, dropped},
    ddl::{
        add, add_foreign_key, check, comment_on_table, create_index, create_table, in_order, key,
    },
    enumeration, meanwhile,
};
use crate::{
    difference::{Difference, Sides},
    model::{ForeignKey, Key, View},
    plan::{Operation, Safety, Way},
    text::quoted,
};

/// When an operation has its turn. What depends on something goes before it, and comes after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Turn {
    Rename,
    DropDefinition,
    DropReference,
    DropConstraint,
    DropTable,
    DropGenerated,
    DropColumn,
    ChangeType,
    CreateTable,
    AddColumn,
    AlterColumn,
    AddGenerated,
    DropType,
    AddConstraint,
    AddReference,
    AddDefinition,
}

/// An operation and when it has its turn.
pub(super) type Timed = (Turn, Operation);

/// The operations of one direction, in order.
pub(crate) fn operations(way: &Way<'_>) -> Vec<Operation> {
    let differences = &way.comparison.differences;
    let mut timed: Vec<Timed> = differences.iter().flat_map(|one| operation(way, one)).collect();
    timed.extend(meanwhile::references(way));
    timed.extend(meanwhile::computed(way));
    timed.extend(views(way));
    timed.sort_by_key(|(turn, _)| *turn);
    timed.into_iter().map(|(_, operation)| operation).collect()
}

/// One statement that costs nothing.
pub(super) fn safe(turn: Turn, summary: impl Into<String>, sql: String) -> Timed {
    (turn, Operation::new(summary, Safety::Safe, vec![sql]))
}

fn operation(way: &Way<'_>, difference: &Difference) -> Vec<Timed> {
    match difference {
        Difference::TableName { from, to } => vec![safe(
            Turn::Rename,
            format!("rename {from} to {to}"),
            format!("ALTER TABLE {} RENAME TO {}", quoted(from), quoted(to)),
        )],
        Difference::ColumnName { table, from, to } => vec![safe(
            Turn::Rename,
            format!("rename {table}.{from} to {to}"),
            format!("ALTER TABLE {} RENAME {} TO {}", quoted(table), quoted(from), quoted(to)),
        )],
        Difference::Table(sides) => table(way, sides),
        Difference::Comment(Sides { table, desired, .. }) => vec![safe(
            Turn::AddDefinition,
            format!("comment on {table}"),
            comment_on_table(table, desired.as_deref()),
        )],
        Difference::Column(Sides { table, actual, desired }, aspects) => match (actual, desired) {
            (None, Some(column)) => vec![added(way, table, column)],
            (Some(column), None) => vec![dropped(way, table, column)],
            (Some(is), Some(should)) => altered(way, table, is, should, aspects),
            (None, None) => Vec::new(),
        },
        Difference::PrimaryKey(sides) => keys("PRIMARY KEY", sides),
        Difference::Unique(sides) => keys("UNIQUE", sides),
        Difference::Check(Sides { table, actual, desired }) => {
            let drop = actual.iter().map(|one| drop_constraint(table, one.name.as_ref()));
            let make = desired.iter().map(|one| add_constraint(table, &check(one)));
            drop.chain(make).collect()
        }
        Difference::ForeignKey(Sides { table, actual, desired }) => {
            let drop = actual.iter().map(|one| drop_reference(table, one));
            drop.chain(desired.iter().map(|one| make_reference(table, one))).collect()
        }
        Difference::Index(Sides { table, actual, desired }) => {
            let drop = actual.iter().map(|one| drop_index(&one.name));
            drop.chain(desired.iter().map(|one| make_index(table, one))).collect()
        }
        Difference::Enumeration(sides) => enumeration::operations(way, sides),
        Difference::Trigger(Sides { table, actual, desired }) => {
            let drop = actual.iter().map(|one| {
                let sql = format!("DROP TRIGGER {} ON {}", quoted(&one.name), quoted(table));
                safe(Turn::DropDefinition, format!("drop the trigger {}", one.name), sql)
            });
            let make = desired.iter().map(|one| {
                let summary = format!("create the trigger {}", one.name);
                safe(Turn::AddDefinition, summary, one.definition.sql.clone())
            });
            drop.chain(make).collect()
        }
        // Together, in their order; and SQLite's.
        Difference::View(_) | Difference::Option(_) => Vec::new(),
    }
}

fn table(way: &Way<'_>, sides: &Sides<crate::Table>) -> Vec<Timed> {
    let name = &sides.table;
    if let Some(table) = &sides.desired {
        if let Some(kind) = way.in_the_way(name) {
            let text = format!("the table {name} cannot be made: there is a {kind} of that name");
            return vec![(Turn::CreateTable, Operation::blocked(text + ". Rename or drop it"))];
        }
        let make = format!("create the table {name}");
        let make = Operation::new(make, Safety::Safe, create_table(table));
        let references = table.foreign_keys.iter().map(|one| make_reference(name, one));
        return [(Turn::CreateTable, make)].into_iter().chain(references).collect();
    }
    let references = sides.actual.iter().flat_map(|table| &table.foreign_keys);
    let references = references.map(|one| drop_reference(name, one));
    let drop = vec![format!("DROP TABLE {}", quoted(name))];
    let drop = Operation::new(format!("drop the table {name}"), Safety::Destructive, drop)
        .counted(format!("SELECT COUNT(*) FROM {}", quoted(way.old_table(name))));
    references.chain([(Turn::DropTable, drop)]).collect()
}

fn keys(kind: &str, sides: &Sides<Key>) -> Vec<Timed> {
    let table = &sides.table;
    let drop = sides.actual.iter().map(|one| drop_constraint(table, one.name.as_ref()));
    let make = sides.desired.iter().map(|one| add_constraint(table, &key(kind, one)));
    drop.chain(make).collect()
}

fn drop_constraint(table: &str, name: Option<&String>) -> Timed {
    let name = name.map(String::as_str).unwrap_or_default();
    let sql = format!("ALTER TABLE {} DROP CONSTRAINT {}", quoted(table), quoted(name));
    safe(Turn::DropConstraint, format!("drop the constraint {name} of {table}"), sql)
}

pub(super) fn add_constraint(table: &str, body: &str) -> Timed {
    safe(Turn::AddConstraint, format!("add to {table}: {body}"), add(table, body))
}

pub(super) fn drop_reference(table: &str, key: &ForeignKey) -> Timed {
    let (_, operation) = drop_constraint(table, key.name.as_ref());
    (Turn::DropReference, operation)
}

pub(super) fn make_reference(table: &str, key: &ForeignKey) -> Timed {
    let columns = key.columns.join(", ");
    let summary = format!("let {table} ({columns}) refer to {}", key.table);
    safe(Turn::AddReference, summary, add_foreign_key(table, key))
}

fn drop_index(name: &str) -> Timed {
    let sql = format!("DROP INDEX {}", quoted(name));
    safe(Turn::DropConstraint, format!("drop the index {name}"), sql)
}

pub(super) fn make_index(table: &str, index: &crate::Index) -> Timed {
    let summary = format!("create the index {} on {table}", index.name);
    safe(Turn::AddConstraint, summary, create_index(table, index))
}

/// Views go from the last to the first, and come from the first to the last.
fn views(way: &Way<'_>) -> Vec<Timed> {
    let (mut gone, mut come): (Vec<View>, Vec<View>) = (Vec::new(), Vec::new());
    for difference in &way.comparison.differences {
        if let Difference::View(Sides { actual, desired, .. }) = difference {
            gone.extend(actual.clone());
            come.extend(desired.clone());
        }
    }
    let drop = in_order(&gone).into_iter().rev().map(|view| {
        let sql = format!("DROP VIEW {}", quoted(&view.name));
        safe(Turn::DropDefinition, format!("drop the view {}", view.name), sql)
    });
    let make = in_order(&come).into_iter().map(|view| {
        let summary = format!("create the view {}", view.name);
        safe(Turn::AddDefinition, summary, view.definition.sql.clone())
    });
    drop.chain(make).collect()
}
