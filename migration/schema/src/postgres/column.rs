//! Plans changes of a column of PostgreSQL.

use super::{
    ddl::{comment_on_column, define},
    plan::{Timed, Turn, safe},
};
use crate::{
    difference::Aspect,
    model::{Column, Counter, Engine},
    plan::{Operation, Safety, Way},
    text::{literal, quoted},
};

/// A column that comes.
pub(super) fn added(way: &Way<'_>, table: &str, column: &Column) -> Timed {
    let summary = format!("add the column {table}.{}", column.name);
    let (name, of) = (quoted(&column.name), quoted(table));
    let fill = way.hints.fill(Engine::Postgres, table, &column.name);
    let given = column.default.is_some() || column.counter.is_some() || column.generated.is_some();
    let mut sql = match fill.filter(|_| !column.nullable && column.generated.is_none()) {
        Some(fill) => vec![
            format!("ALTER TABLE {of} ADD COLUMN {}", define(&loose(column))),
            format!("UPDATE {of} SET {name} = {fill}"),
            format!("ALTER TABLE {of} ALTER COLUMN {name} SET NOT NULL"),
        ],
        None => vec![format!("ALTER TABLE {of} ADD COLUMN {}", define(column))],
    };
    if column.comment.is_some() {
        sql.push(comment_on_column(table, column));
    }
    let is_free = column.nullable || given && fill.is_none();
    let safety = if is_free { Safety::Safe } else { Safety::NeedsDefault };
    let turn = if column.generated.is_some() { Turn::AddGenerated } else { Turn::AddColumn };
    (turn, Operation::new(summary, safety, sql))
}

fn loose(column: &Column) -> Column {
    Column { nullable: true, ..column.clone() }
}

/// A column that goes.
pub(super) fn dropped(way: &Way<'_>, table: &str, column: &Column) -> Timed {
    let sql = vec![format!("ALTER TABLE {} DROP COLUMN {}", quoted(table), quoted(&column.name))];
    let summary = format!("drop the column {table}.{}", column.name);
    if column.generated.is_some() {
        return (Turn::DropGenerated, Operation::new(summary, Safety::Safe, sql));
    }
    let (old, name) = (way.old_table(table), way.old_column(table, &column.name));
    let drop = Operation::new(summary, Safety::Destructive, sql).counted(format!(
        "SELECT COUNT({}) FROM {}",
        quoted(name),
        quoted(old)
    ));
    (Turn::DropColumn, drop)
}

/// Whether a column has to go and come again: how it is computed cannot be altered.
pub(super) fn is_replaced(is: &Column, should: &Column) -> bool {
    match (&is.generated, &should.generated) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(one), Some(other)) => one != other || is.ty != should.ty,
    }
}

/// A column that changes in place, if it can.
pub(super) fn altered(
    way: &Way<'_>,
    table: &str,
    is: &Column,
    should: &Column,
    aspects: &[Aspect],
) -> Vec<Timed> {
    if is_replaced(is, should) {
        let (_, drop) = dropped(way, table, is);
        return vec![(Turn::DropGenerated, drop), added(way, table, should)];
    }
    let mut timed = Vec::new();
    let has = |aspect| aspects.contains(&aspect);
    let alter = |change: &str| {
        format!("ALTER TABLE {} ALTER COLUMN {} {change}", quoted(table), quoted(&should.name))
    };
    let summary = |what: &str| format!("{what} of {table}.{}", should.name);
    if has(Aspect::Generated) {
        // Its values stay as they were computed.
        let sql = alter("DROP EXPRESSION");
        timed.push(safe(Turn::DropGenerated, summary("drop the expression"), sql));
    }
    if has(Aspect::Counter) && is.counter.is_some() {
        let sql = stop_counting(table, is, &alter, should.counter);
        timed.push((
            Turn::AlterColumn,
            Operation::new(summary("change the numbering"), Safety::Safe, sql),
        ));
    }
    if has(Aspect::Type) || has(Aspect::Collation) {
        timed.push((Turn::AlterColumn, retype(way, table, is, should, &alter)));
    } else if has(Aspect::Default) {
        let sql = match &should.default {
            Some(default) => alter(&format!("SET DEFAULT {}", default.sql)),
            None => alter("DROP DEFAULT"),
        };
        timed.push(safe(Turn::AlterColumn, summary("change the default"), sql));
    }
    if has(Aspect::Nullability) {
        timed.push((Turn::AlterColumn, nullability(way, table, should, &alter)));
    }
    if has(Aspect::Counter) && is.counter.is_none() {
        let sql = start_counting(table, should, &alter);
        timed.push((
            Turn::AlterColumn,
            Operation::new(summary("begin the numbering"), Safety::Safe, sql),
        ));
    }
    if has(Aspect::Comment) {
        let sql = comment_on_column(table, should);
        timed.push(safe(Turn::AddDefinition, summary("change the comment"), sql));
    }
    timed
}

fn retype(
    way: &Way<'_>,
    table: &str,
    is: &Column,
    should: &Column,
    alter: &impl Fn(&str) -> String,
) -> Operation {
    let (name, ty) = (quoted(&should.name), &should.ty.sql);
    let collate = match &should.collation {
        Some(collation) => format!(" COLLATE {}", quoted(collation)),
        None => String::new(),
    };
    // By way of text, any type becomes any other whose spelling its values have.
    let using = if is.ty == should.ty { name.clone() } else { format!("{name}::text::{ty}") };
    let mut sql = Vec::new();
    if is.default.is_some() {
        sql.push(alter("DROP DEFAULT"));
    }
    sql.push(alter(&format!("TYPE {ty}{collate} USING {using}")));
    if let Some(default) = &should.default {
        sql.push(alter(&format!("SET DEFAULT {}", default.sql)));
    }
    let summary = format!("change the type of {table}.{} to {ty}{collate}", should.name);
    if is.ty == should.ty || widens(&is.ty.sql, ty) {
        return Operation::new(summary, Safety::Safe, sql);
    }
    let (old, column) = (way.old_table(table), way.old_column(table, &should.name));
    Operation::new(summary, Safety::Lossy, sql).counted(format!(
        "SELECT COUNT({}) FROM {}",
        quoted(column),
        quoted(old)
    ))
}

/// Whether every value of one type is a value of the other.
fn widens(from: &str, to: &str) -> bool {
    let text = |ty: &str| ty == "text" || ty.starts_with("character varying");
    let length = |ty: &str| {
        let inner = ty.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
        inner.and_then(|digits| digits.parse::<u32>().ok()).unwrap_or(u32::MAX)
    };
    let whole = ["smallint", "integer", "bigint"];
    let place = |ty: &str| whole.iter().position(|one| *one == ty);
    match (place(from), place(to)) {
        (Some(from), Some(to)) => from < to,
        _ => text(from) && text(to) && length(from) <= length(to),
    }
}

fn nullability(
    way: &Way<'_>,
    table: &str,
    should: &Column,
    alter: &impl Fn(&str) -> String,
) -> Operation {
    if should.nullable {
        let summary = format!("let {table}.{} be NULL", should.name);
        return Operation::new(summary, Safety::Safe, vec![alter("DROP NOT NULL")]);
    }
    let fill = way.hints.fill(Engine::Postgres, table, &should.name);
    let fill = fill.or(should.default.as_ref().map(|default| default.sql.as_str()));
    let name = quoted(&should.name);
    let mut sql: Vec<String> = fill
        .map(|fill| format!("UPDATE {} SET {name} = {fill} WHERE {name} IS NULL", quoted(table)))
        .into_iter()
        .collect();
    sql.push(alter("SET NOT NULL"));
    let (old, column) = (way.old_table(table), way.old_column(table, &should.name));
    Operation::new(format!("let {table}.{} not be NULL", should.name), Safety::NeedsDefault, sql)
        .counted(format!("SELECT COUNT(*) FROM {} WHERE {} IS NULL", quoted(old), quoted(column)))
}

fn start_counting(table: &str, should: &Column, alter: &impl Fn(&str) -> String) -> Vec<String> {
    let kind = match should.counter {
        Some(Counter::IdentityAlways) => "ALWAYS",
        _ => "BY DEFAULT",
    };
    let sequence = sequence(table, should);
    vec![
        alter(&format!("ADD GENERATED {kind} AS IDENTITY")),
        format!(
            "SELECT setval({sequence}, COALESCE(MAX({}), 0) + 1, FALSE) FROM {}",
            quoted(&should.name),
            quoted(table)
        ),
    ]
}

fn stop_counting(
    table: &str,
    is: &Column,
    alter: &impl Fn(&str) -> String,
    next: Option<Counter>,
) -> Vec<String> {
    match (is.counter, next) {
        (Some(Counter::Serial), Some(_)) => {
            let mut sql = end_sequence(table, is, alter);
            sql.extend(start_counting(table, &Column { counter: next, ..is.clone() }, alter));
            sql
        }
        (Some(Counter::Serial), None) => end_sequence(table, is, alter),
        (_, Some(Counter::IdentityAlways)) => vec![alter("SET GENERATED ALWAYS")],
        (_, Some(_)) => vec![alter("SET GENERATED BY DEFAULT")],
        (_, None) => vec![alter("DROP IDENTITY")],
    }
}

/// The sequence's name is not known here; the server is asked for it.
fn end_sequence(table: &str, is: &Column, alter: &impl Fn(&str) -> String) -> Vec<String> {
    let drop = format!("DO $$ BEGIN EXECUTE 'DROP SEQUENCE ' || {}; END $$", sequence(table, is));
    vec![alter("DROP DEFAULT"), drop]
}

fn sequence(table: &str, column: &Column) -> String {
    format!("pg_get_serial_sequence({}, {})", literal(&quoted(table)), literal(&column.name))
}
