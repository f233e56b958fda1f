//! Reads one schema of a PostgreSQL database: a statement for each kind of thing, whatever the number of
//! tables.

use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, FromQueryResult, Statement, TransactionSession,
    TransactionTrait, prelude::Json,
};
use serde::de::DeserializeOwned;

use super::{
    canon, catalog,
    rows::{BeyondRow, ColumnRow, Constraint, EnumRow, IndexRow, PartRow, Relation, TriggerRow},
};
use crate::{
    BOOKKEEPING, Error, Unmanaged,
    model::{
        Action, Check, Column, Counter, Deferrable, Engine, Enumeration, ForeignKey, Generated,
        Index, Key, Over, Part, Schema, Table, Trigger, View,
    },
    text::quoted,
};

/// Reads the schema `name`.
pub(crate) async fn reflect<C>(connection: &C, name: &str) -> Result<Schema, Error>
where
    C: ConnectionTrait + TransactionTrait,
{
    let transaction = connection.begin().await?;
    look_at(&transaction, name).await?;
    let schema = read(&transaction, name).await;
    // Nothing was written; this takes the search path back.
    transaction.rollback().await?;
    schema
}

/// Has the server write the names of this schema, and of none other, without the schema's.
async fn look_at<C: ConnectionTrait>(connection: &C, name: &str) -> Result<(), DbErr> {
    let sql = "SELECT set_config('search_path', $1, TRUE)";
    let values = [quoted(name).into()];
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
    connection.query_one_raw(statement).await.map(|_| ())
}

async fn read<C: ConnectionTrait>(connection: &C, name: &str) -> Result<Schema, Error> {
    let mut schema = Schema::empty(Engine::Postgres);
    for row in all(connection, name, catalog::RELATIONS).await? {
        relation(&mut schema, row);
    }
    for row in all::<ColumnRow, _>(connection, name, catalog::COLUMNS).await? {
        if let Some(table) = find(&mut schema.tables, &row.table_name) {
            table.columns.push(column(row));
        }
    }
    for row in all(connection, name, catalog::CONSTRAINTS).await? {
        constraint(&mut schema, row)?;
    }
    for row in all(connection, name, catalog::INDEXES).await? {
        index(&mut schema, row)?;
    }
    for row in all::<EnumRow, _>(connection, name, catalog::ENUMS).await? {
        schema.enums.push(Enumeration { name: row.name, labels: list(Some(row.labels))? });
    }
    for row in all::<TriggerRow, _>(connection, name, catalog::TRIGGERS).await? {
        let definition = canon::definition(&row.definition);
        schema.triggers.push(Trigger { name: row.name, table: row.table_name, definition });
    }
    for row in all::<BeyondRow, _>(connection, name, catalog::BEYOND).await? {
        let BeyondRow { kind, name, table_name: table, definition } = row;
        schema.unmanaged.push(Unmanaged { kind, name, table, definition });
    }
    Ok(schema)
}

async fn all<R, C>(connection: &C, name: &str, sql: &str) -> Result<Vec<R>, DbErr>
where
    R: FromQueryResult,
    C: ConnectionTrait,
{
    let used = [name.into(), BOOKKEEPING.into()].into_iter();
    let used = used.take(if sql.contains("$2") { 2 } else { 1 });
    R::find_by_statement(Statement::from_sql_and_values(DbBackend::Postgres, sql, used))
        .all(connection)
        .await
}

fn find<'a>(tables: &'a mut [Table], name: &str) -> Option<&'a mut Table> {
    tables.iter_mut().find(|table| table.name == name)
}

/// A list that the server aggregated; none where there was nothing to aggregate.
fn list<T: DeserializeOwned>(json: Option<Json>) -> Result<Vec<T>, DbErr> {
    json.map_or_else(|| Ok(Vec::new()), serde_json::from_value)
        .map_err(|error| DbErr::Json(error.to_string()))
}

fn relation(schema: &mut Schema, row: Relation) {
    let kind = match (row.kind.as_str(), row.partition) {
        ("r", false) => {
            let comment = row.comment.filter(|comment| !comment.is_empty());
            schema.tables.push(Table { comment, ..Table::new(row.name) });
            return;
        }
        ("v", _) => {
            let select = row.definition.unwrap_or_default();
            let sql = format!("CREATE VIEW {} AS {}", quoted(&row.name), select.trim());
            schema.views.push(View { name: row.name, definition: canon::definition(&sql) });
            return;
        }
        (_, true) => "partition",
        ("p", _) => "partitioned table",
        ("m", _) => "materialized view",
        ("f", _) => "foreign table",
        ("S", _) => "sequence",
        _ => "composite type",
    };
    schema.unmanaged.push(Unmanaged::new(kind, row.name));
}

fn column(row: ColumnRow) -> Column {
    let counter = match row.identity.as_str() {
        "a" => Some(Counter::IdentityAlways),
        "d" => Some(Counter::Identity),
        _ => row.serial.then_some(Counter::Serial),
    };
    let is_generated = !row.generated.is_empty();
    let expression = row.expression.filter(|_| counter.is_none());
    let generated = expression
        .as_deref()
        .filter(|_| is_generated)
        .map(|sql| Generated { expression: canon::expression(sql), stored: row.generated == "s" });
    let default = expression.filter(|_| !is_generated);
    Column {
        name: row.name,
        default: default.and_then(|sql| canon::default(&sql, &row.declared)),
        ty: canon::column_type(&row.declared),
        nullable: !row.not_null,
        generated,
        collation: row.collation,
        counter,
        comment: row.comment.filter(|comment| !comment.is_empty()),
    }
}

fn constraint(schema: &mut Schema, row: Constraint) -> Result<(), DbErr> {
    let Some(table) = find(&mut schema.tables, &row.table_name) else { return Ok(()) };
    let deferrable = match (row.deferrable, row.deferred) {
        (false, _) => Deferrable::No,
        (true, false) => Deferrable::Immediate,
        (true, true) => Deferrable::Deferred,
    };
    let beyond = match row.kind.as_str() {
        "p" | "u" => {
            let key = Key {
                name: Some(row.name),
                columns: list(row.columns)?,
                include: list(row.include)?,
                nulls_not_distinct: row.nulls_not_distinct,
                deferrable,
            };
            if row.kind == "p" {
                table.primary_key = Some(key);
            } else {
                table.uniques.push(key);
            }
            return Ok(());
        }
        "c" => {
            let expression = canon::expression(&row.expression.unwrap_or_default());
            let name = Some(row.name);
            table.checks.push(Check { name, expression, validated: row.validated });
            return Ok(());
        }
        "f" if row.target_elsewhere == Some(true) => "foreign key to another schema",
        "f" if row.sets_some => "foreign key that sets some columns",
        "f" => {
            table.foreign_keys.push(ForeignKey {
                name: Some(row.name),
                columns: list(row.columns)?,
                table: row.target.unwrap_or_default(),
                target: list(row.target_columns)?,
                on_delete: action(&row.on_delete),
                on_update: action(&row.on_update),
                deferrable,
                match_full: row.match_full,
                validated: row.validated,
            });
            return Ok(());
        }
        "x" => "exclusion constraint",
        // A constraint trigger is among the triggers.
        _ => return Ok(()),
    };
    schema.unmanaged.push(Unmanaged::new(beyond, row.name).of(row.table_name));
    Ok(())
}

fn action(letter: &str) -> Action {
    match letter {
        "r" => Action::Restrict,
        "c" => Action::Cascade,
        "n" => Action::SetNull,
        "d" => Action::SetDefault,
        _ => Action::NoAction,
    }
}

fn index(schema: &mut Schema, row: IndexRow) -> Result<(), DbErr> {
    let Some(table) = find(&mut schema.tables, &row.table_name) else { return Ok(()) };
    if !row.valid {
        schema.unmanaged.push(Unmanaged::new("invalid index", row.name).of(row.table_name));
        return Ok(());
    }
    let (keys, include): (Vec<PartRow>, Vec<PartRow>) =
        list::<PartRow>(Some(row.parts))?.into_iter().partition(|part| part.key);
    table.indexes.push(Index {
        name: row.name,
        unique: row.is_unique,
        method: Some(row.method).filter(|method| method != "btree"),
        parts: keys.into_iter().map(part).collect(),
        predicate: row.predicate.map(|sql| canon::expression(&sql)),
        include: include.into_iter().filter_map(|part| part.column).collect(),
        nulls_not_distinct: row.nulls_not_distinct,
        options: list(Some(row.options))?,
    });
    Ok(())
}

fn part(row: PartRow) -> Part {
    Part {
        over: match row.column {
            Some(name) => Over::Column(name),
            None => Over::Expression(canon::expression(&row.sql)),
        },
        descending: row.descending,
        nulls_first: row.nulls_first,
        collation: row.collation,
        opclass: row.opclass,
    }
}
