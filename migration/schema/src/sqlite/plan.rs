//! Plans changes of an SQLite database: native where SQLite can, a table made anew where it cannot.

use super::{
    ddl::{add_column, create_index, create_table, is_constant},
    rebuild::rebuild,
};
use crate::{
    difference::{Aspect, Difference, Sides},
    model::{Column, Counter, Engine, Over, Schema, Table},
    plan::{Operation, Safety, Way},
    text::{Text, quoted},
};

/// The operations of one direction, in order. Foreign keys are not enforced meanwhile, so tables may go
/// and come in any order; the names of indexes are one for the whole file, so all that go go first.
pub(crate) fn operations(way: &Way<'_>) -> Vec<Operation> {
    let differences = &way.comparison.differences;
    let mut operations: Vec<Operation> = differences.iter().filter_map(rename).collect();
    operations.extend(differences.iter().filter_map(removal));
    operations.extend(differences.iter().filter_map(|one| drop_table(way, one)));
    for table in &way.desired.tables {
        operations.extend(change(way, table));
    }
    operations.extend(differences.iter().filter_map(addition));
    operations
}

fn rename(difference: &Difference) -> Option<Operation> {
    let sql = match difference {
        Difference::TableName { from, to } => {
            format!("ALTER TABLE {} RENAME TO {}", quoted(from), quoted(to))
        }
        Difference::ColumnName { table, from, to } => {
            format!("ALTER TABLE {} RENAME {} TO {}", quoted(table), quoted(from), quoted(to))
        }
        _ => return None,
    };
    let summary = match difference {
        Difference::ColumnName { table, from, to } => format!("rename {table}.{from} to {to}"),
        Difference::TableName { from, to } => format!("rename {from} to {to}"),
        _ => return None,
    };
    Some(Operation::new(summary, Safety::Safe, vec![sql]))
}

/// Triggers, views and indexes that go, or make room for another of their name.
fn removal(difference: &Difference) -> Option<Operation> {
    let (kind, name) = match difference {
        Difference::Trigger(Sides { actual: Some(trigger), .. }) => ("TRIGGER", &trigger.name),
        Difference::View(Sides { actual: Some(view), .. }) => ("VIEW", &view.name),
        Difference::Index(Sides { actual: Some(index), .. }) => ("INDEX", &index.name),
        _ => return None,
    };
    let summary = format!("drop the {} {name}", kind.to_lowercase());
    Some(Operation::new(
        summary,
        Safety::Safe,
        vec![format!("DROP {kind} IF EXISTS {}", quoted(name))],
    ))
}

/// Triggers, views and indexes that come.
fn addition(difference: &Difference) -> Option<Operation> {
    let (kind, name, sql) = match difference {
        Difference::Trigger(Sides { desired: Some(one), .. }) => {
            ("trigger", &one.name, one.definition.sql.clone())
        }
        Difference::View(Sides { desired: Some(one), .. }) => {
            ("view", &one.name, one.definition.sql.clone())
        }
        Difference::Index(Sides { table, desired: Some(one), .. }) => {
            ("index", &one.name, create_index(table, one))
        }
        _ => return None,
    };
    Some(Operation::new(format!("create the {kind} {name}"), Safety::Safe, vec![sql]))
}

fn drop_table(way: &Way<'_>, difference: &Difference) -> Option<Operation> {
    let Difference::Table(Sides { table, actual: Some(_), desired: None }) = difference else {
        return None;
    };
    let sql = vec![format!("DROP TABLE {}", quoted(table))];
    let count = format!("SELECT COUNT(*) FROM {}", quoted(way.old_table(table)));
    let drop = Operation::new(format!("drop the table {table}"), Safety::Destructive, sql);
    Some(drop.counted(count))
}

/// What becomes of one table that is desired.
fn change(way: &Way<'_>, table: &Table) -> Vec<Operation> {
    let of = |difference: &&Difference| difference.table() == Some(&table.name);
    let differences: Vec<&Difference> = way
        .comparison
        .differences
        .iter()
        .filter(of)
        .filter(|one| is_of_the_table_itself(one))
        .collect();
    let Some(actual) = way.actual.table(&table.name) else {
        return vec![create(way, table)];
    };
    if differences.is_empty() {
        return Vec::new();
    }
    let native: Option<Vec<Operation>> =
        differences.iter().map(|one| native(way, actual, table, one)).collect();
    native.unwrap_or_else(|| vec![anew(way, actual, table, &differences)])
}

fn is_of_the_table_itself(difference: &Difference) -> bool {
    !matches!(
        difference,
        Difference::Index(_)
            | Difference::Trigger(_)
            | Difference::TableName { .. }
            | Difference::ColumnName { .. }
    )
}

fn create(way: &Way<'_>, table: &Table) -> Operation {
    let name = &table.name;
    if let Some(kind) = way.in_the_way(name) {
        return Operation::blocked(format!(
            "the table {name} cannot be made: there is a {kind} of that name. Rename or drop it"
        ));
    }
    let mut statements = vec![create_table(table, name)];
    statements.extend(table.indexes.iter().map(|index| create_index(name, index)));
    Operation::new(format!("create the table {name}"), Safety::Safe, statements)
}

/// The change of one column without making the table anew, if SQLite can.
fn native(
    way: &Way<'_>,
    actual: &Table,
    desired: &Table,
    difference: &Difference,
) -> Option<Operation> {
    let name = &desired.name;
    match difference {
        Difference::Column(Sides { actual: None, desired: Some(column), .. }, _)
            if can_be_added(column) && fill(way, name, column).is_none() =>
        {
            let sql = add_column(desired, column);
            let summary = format!("add the column {name}.{}", column.name);
            Some(Operation::new(summary, Safety::Safe, vec![sql]))
        }
        Difference::Column(Sides { actual: Some(column), desired: None, .. }, _)
            if can_be_dropped(&way.actual, actual, column) =>
        {
            let sql = format!("ALTER TABLE {} DROP COLUMN {}", quoted(name), quoted(&column.name));
            let summary = format!("drop the column {name}.{}", column.name);
            let drop = Operation::new(summary, Safety::Destructive, vec![sql]);
            Some(drop.counted(values(way, name, column)))
        }
        _ => None,
    }
}

fn fill<'a>(way: &'a Way<'_>, table: &str, column: &Column) -> Option<&'a str> {
    way.hints.fill(Engine::Sqlite, table, &column.name)
}

/// Counts the rows in which a column holds something.
fn values(way: &Way<'_>, table: &str, column: &Column) -> String {
    let (old, column) = (way.old_table(table), way.old_column(table, &column.name));
    format!("SELECT COUNT(*) FROM {} WHERE {} IS NOT NULL", quoted(old), quoted(column))
}

fn can_be_added(column: &Column) -> bool {
    if column.generated.as_ref().is_some_and(|generated| generated.stored) {
        return false;
    }
    match &column.default {
        Some(default) => is_constant(&default.canonical),
        None => column.nullable || column.generated.is_some(),
    }
}

/// SQLite refuses if anything else speaks of the column.
fn can_be_dropped(schema: &Schema, table: &Table, column: &Column) -> bool {
    let is = |name: &String| name.eq_ignore_ascii_case(&column.name);
    let says = |text: &Text| text.mentions(&column.name);
    let keys = table.primary_key.iter().chain(&table.uniques);
    let parts = table.indexes.iter().flat_map(|index| &index.parts);
    let referred = schema
        .tables
        .iter()
        .flat_map(|other| &other.foreign_keys)
        .filter(|key| key.table.eq_ignore_ascii_case(&table.name));
    !(keys.flat_map(|key| &key.columns).any(is)
        || table.foreign_keys.iter().flat_map(|key| &key.columns).any(is)
        || referred.flat_map(|key| &key.target).any(is)
        || table.checks.iter().any(|check| says(&check.expression))
        || table
            .columns
            .iter()
            .filter_map(|one| one.generated.as_ref())
            .any(|g| says(&g.expression))
        || table.indexes.iter().filter_map(|index| index.predicate.as_ref()).any(says)
        || parts.map(|part| &part.over).any(|over| match over {
            Over::Column(name) => is(name),
            Over::Expression(text) => says(text),
        })
        || schema.views.iter().any(|view| says(&view.definition))
        || schema.triggers.iter().any(|trigger| says(&trigger.definition)))
}

/// The table made anew, with all that differs.
fn anew(way: &Way<'_>, actual: &Table, desired: &Table, why: &[&Difference]) -> Operation {
    let name = &desired.name;
    if let Some(part) = way.beyond(name) {
        return Operation::blocked(format!(
            "{name} cannot be made anew, which would lose the {part}. Change it by hand"
        ));
    }
    let reasons = why.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    let safety = why.iter().map(|one| cost(way, one)).max().unwrap_or(Safety::Safe);
    Operation {
        summary: format!("make {name} anew: {reasons}"),
        safety,
        steps: rebuild(way, actual, desired),
        affected: (safety > Safety::NeedsDefault)
            .then(|| format!("SELECT COUNT(*) FROM {}", quoted(way.old_table(name)))),
    }
}

fn cost(way: &Way<'_>, difference: &Difference) -> Safety {
    match difference {
        Difference::Column(Sides { actual: Some(column), desired: None, .. }, _) => {
            if column.generated.is_some() { Safety::Safe } else { Safety::Destructive }
        }
        Difference::Column(Sides { actual: None, desired: Some(column), table }, _) => {
            let given = column.default.is_some() && fill(way, table, column).is_none();
            let made = column.generated.is_some() || column.counter.is_some();
            if column.nullable || given || made { Safety::Safe } else { Safety::NeedsDefault }
        }
        Difference::Column(Sides { actual: Some(is), desired: Some(should), .. }, aspects) => {
            if should.generated.is_some() && is.generated.is_none() {
                return Safety::Destructive;
            }
            let numbers = is.counter.is_none() && should.counter == Some(Counter::Rowid);
            if aspects.contains(&Aspect::Type) || numbers {
                Safety::Lossy
            } else if aspects.contains(&Aspect::Nullability) && !should.nullable {
                Safety::NeedsDefault
            } else {
                Safety::Safe
            }
        }
        Difference::Option(Sides { desired: Some(_), .. }) => Safety::Lossy,
        _ => Safety::Safe,
    }
}
