//! Plans changes of a PostgreSQL schema: `ALTER` throughout, in an order that its dependencies allow.

use super::{
    column::{added, altered, dropped, is_replaced},
    ddl::{
        add, add_foreign_key, check, comment_on_table, create_index, create_table, in_order, key,
    },
    enumeration,
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
    timed.extend(references_meanwhile(way));
    timed.extend(constraints_meanwhile(way));
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

fn add_constraint(table: &str, body: &str) -> Timed {
    safe(Turn::AddConstraint, format!("add to {table}: {body}"), add(table, body))
}

fn drop_reference(table: &str, key: &ForeignKey) -> Timed {
    let (_, operation) = drop_constraint(table, key.name.as_ref());
    (Turn::DropReference, operation)
}

fn make_reference(table: &str, key: &ForeignKey) -> Timed {
    let columns = key.columns.join(", ");
    let summary = format!("let {table} ({columns}) refer to {}", key.table);
    safe(Turn::AddReference, summary, add_foreign_key(table, key))
}

fn drop_index(name: &str) -> Timed {
    let sql = format!("DROP INDEX {}", quoted(name));
    safe(Turn::DropConstraint, format!("drop the index {name}"), sql)
}

fn make_index(table: &str, index: &crate::Index) -> Timed {
    let summary = format!("create the index {} on {table}", index.name);
    safe(Turn::AddConstraint, summary, create_index(table, index))
}

/// References that stay, but stand on a key that goes and comes.
fn references_meanwhile(way: &Way<'_>) -> Vec<Timed> {
    let differences = &way.comparison.differences;
    let gone = |table: &str, columns: &[String]| {
        differences.iter().any(|difference| match difference {
            Difference::PrimaryKey(Sides { table: of, actual: Some(key), .. })
            | Difference::Unique(Sides { table: of, actual: Some(key), .. }) => {
                of == table && key.columns.iter().all(|column| columns.contains(column))
            }
            Difference::Index(Sides { table: of, actual: Some(index), .. }) => {
                of == table && index.unique
            }
            _ => false,
        })
    };
    let mut timed = Vec::new();
    for table in &way.desired.tables {
        let Some(actual) = way.actual.table(&table.name) else { continue };
        let stays = |key: &&ForeignKey| {
            !differences.iter().any(|difference| {
                matches!(difference, Difference::ForeignKey(Sides { table: of, actual: Some(one), .. })
                    if *of == table.name && one.name == key.name)
            })
        };
        for key in actual.foreign_keys.iter().filter(stays) {
            if gone(&key.table, &key.target) {
                timed.extend([drop_reference(&table.name, key), make_reference(&table.name, key)]);
            }
        }
    }
    timed
}

/// Constraints and indexes that stay, but are over a column that goes and comes.
fn constraints_meanwhile(way: &Way<'_>) -> Vec<Timed> {
    let mut timed = Vec::new();
    for difference in &way.comparison.differences {
        let Difference::Column(Sides { table, actual: Some(is), desired: Some(should) }, _) =
            difference
        else {
            continue;
        };
        if !is_replaced(is, should) {
            continue;
        }
        let Some(actual) = way.actual.table(table) else { continue };
        // PostgreSQL drops them with the column, so they only have to be made.
        let over = |names: &[String]| names.contains(&is.name);
        let uniques = actual.uniques.iter().filter(|key| over(&key.columns));
        timed.extend(
            uniques
                .filter(|key| kept(way, table, key.name.as_deref()))
                .map(|one| add_constraint(table, &key("UNIQUE", one))),
        );
        let checks = actual.checks.iter().filter(|one| one.expression.mentions(&is.name));
        timed.extend(
            checks
                .filter(|one| kept(way, table, one.name.as_deref()))
                .map(|one| add_constraint(table, &check(one))),
        );
        let indexes = actual.indexes.iter().filter(|index| {
            index.parts.iter().any(|part| match &part.over {
                crate::Over::Column(name) => *name == is.name,
                crate::Over::Expression(text) => text.mentions(&is.name),
            }) || index.predicate.as_ref().is_some_and(|text| text.mentions(&is.name))
        });
        timed.extend(
            indexes
                .filter(|one| kept(way, table, Some(&one.name)))
                .map(|one| make_index(table, one)),
        );
    }
    timed
}

/// Whether something of a table is as it was in the end.
fn kept(way: &Way<'_>, of: &str, name: Option<&str>) -> bool {
    !way.comparison.differences.iter().any(|difference| match difference {
        Difference::Unique(Sides { table, actual: Some(one), .. }) => {
            table == of && one.name.as_deref() == name
        }
        Difference::Check(Sides { table, actual: Some(one), .. }) => {
            table == of && one.name.as_deref() == name
        }
        Difference::Index(Sides { table, actual: Some(one), .. }) => {
            table == of && Some(one.name.as_str()) == name
        }
        _ => false,
    })
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
