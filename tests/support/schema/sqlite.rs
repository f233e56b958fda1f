//! Reading the schema of an SQLite database: from its pragmas, and from the text of its statements
//! where no pragma tells.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, FromQueryResult};

use super::{Column, ForeignKey, Index, Schema, Table, View, rows};
use crate::support::sql::{bare, closing, normal, text, tokens};

#[derive(FromQueryResult)]
struct Object {
    kind: String,
    name: String,
    sql: String,
}

#[derive(FromQueryResult)]
struct ColumnRow {
    name: String,
    declared: String,
    required: i64,
    fallback: Option<String>,
    key: i64,
}

#[derive(FromQueryResult)]
struct IndexRow {
    name: String,
    origin: String,
    distinct: i64,
    sql: Option<String>,
}

#[derive(FromQueryResult)]
struct IndexColumn {
    name: Option<String>,
    downwards: i64,
}

#[derive(FromQueryResult)]
struct ForeignKeyRow {
    id: i64,
    parent: String,
    column: String,
    target: Option<String>,
    on_update: String,
    on_delete: String,
}

pub(super) async fn read<C: ConnectionTrait>(connection: &C) -> Schema {
    let objects: Vec<Object> = rows(
        connection,
        "SELECT type AS kind, name, sql FROM sqlite_schema \
         WHERE type IN ('table', 'view', 'trigger') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
         AND name NOT LIKE 'seaql\\_migrations\\_%' ESCAPE '\\' ORDER BY name",
        [],
    )
    .await;
    let mut schema = Schema::default();
    for Object { kind, name, sql } in objects {
        match &*kind {
            "table" => {
                let table = table(connection, &name, &sql).await;
                schema.tables.insert(name, table);
            }
            "view" => {
                let (columns, _) = columns(connection, &name).await;
                schema.views.insert(name, View { columns, definition: normal(&sql) });
            }
            _ => {
                schema.triggers.insert(name, normal(&sql));
            }
        }
    }
    schema
}

async fn table<C: ConnectionTrait>(connection: &C, name: &str, sql: &str) -> Table {
    let (columns, primary_key) = columns(connection, name).await;
    let mut table = Table { columns, primary_key, ..Table::default() };
    let tokens = tokens(sql);
    let body = tokens.iter().position(|token| token == "(").expect("a table has columns");
    let end = closing(&tokens, body);
    if tokens.iter().any(|token| token == "autoincrement") {
        table.options.insert("autoincrement");
    }
    for option in ["strict", "without"] {
        if tokens[end..].iter().any(|token| token == option) {
            table.options.insert(option);
        }
    }
    table.checks.extend(checks(&tokens[body + 1..end]));
    for index in indexes(connection, name).await {
        let columns = index_columns(connection, &index.name).await;
        match (&*index.origin, index.sql) {
            ("u", _) => {
                table.unique.insert((columns, None));
            }
            ("c", Some(sql)) => {
                let index_of =
                    Index { columns, unique: index.distinct != 0, predicate: predicate(&sql) };
                table.indexes.insert(index.name, index_of);
            }
            _ => {}
        }
    }
    table.foreign_keys = foreign_keys(connection, name).await.into_values().collect();
    table
}

/// The columns of a table or view, and its primary key.
async fn columns<C: ConnectionTrait>(connection: &C, name: &str) -> (Vec<Column>, Vec<String>) {
    let rows: Vec<ColumnRow> = rows(
        connection,
        "SELECT name, lower(type) AS declared, \"notnull\" AS required, dflt_value AS fallback, \
         pk AS key FROM pragma_table_xinfo(?) ORDER BY cid",
        [name.into()],
    )
    .await;
    let mut key: Vec<(i64, String)> =
        rows.iter().filter(|row| row.key > 0).map(|row| (row.key, row.name.clone())).collect();
    key.sort();
    let columns = rows.into_iter().map(|row| Column {
        name: row.name,
        ty: row.declared,
        not_null: row.required != 0,
        default: row.fallback.as_deref().map(bare),
    });
    (columns.collect(), key.into_iter().map(|(_, name)| name).collect())
}

async fn indexes<C: ConnectionTrait>(connection: &C, table: &str) -> Vec<IndexRow> {
    let sql = "SELECT list.name, list.origin, list.\"unique\" AS \"distinct\", object.sql \
         FROM pragma_index_list(?) AS list JOIN sqlite_schema AS object ON object.name = list.name";
    rows(connection, sql, [table.into()]).await
}

async fn index_columns<C: ConnectionTrait>(connection: &C, index: &str) -> Vec<String> {
    let sql =
        "SELECT name, \"desc\" AS downwards FROM pragma_index_xinfo(?) WHERE key ORDER BY seqno";
    let columns: Vec<IndexColumn> = rows(connection, sql, [index.into()]).await;
    let columns = columns.into_iter().map(|column| {
        let name = column.name.unwrap_or_else(|| "an expression".to_owned());
        if column.downwards == 0 { name } else { format!("{name} desc") }
    });
    columns.collect()
}

async fn foreign_keys<C: ConnectionTrait>(
    connection: &C,
    table: &str,
) -> BTreeMap<i64, ForeignKey> {
    let rows: Vec<ForeignKeyRow> = rows(
        connection,
        "SELECT id, \"table\" AS parent, \"from\" AS \"column\", \"to\" AS target, \
         lower(on_update) AS on_update, lower(on_delete) AS on_delete \
         FROM pragma_foreign_key_list(?) ORDER BY id, seq",
        [table.into()],
    )
    .await;
    let mut keys = BTreeMap::new();
    for row in rows {
        let key = keys.entry(row.id).or_insert_with(|| ForeignKey {
            columns: Vec::new(),
            table: row.parent,
            targets: Vec::new(),
            on_delete: row.on_delete,
            on_update: row.on_update,
            name: None,
        });
        key.columns.push(row.column);
        key.targets.push(row.target.unwrap_or_else(|| "its primary key".to_owned()));
    }
    keys
}

/// The conditions among the columns and constraints of a table, each after its name if it has one.
fn checks(tokens: &[String]) -> Vec<String> {
    let starts = tokens.iter().enumerate().filter(|(_, token)| *token == "check");
    let checks = starts.map(|(start, _)| {
        let condition = text(&tokens[start + 1..=closing(tokens, start + 1)]);
        match start.checked_sub(2).map(|before| &tokens[before..start]) {
            Some([word, name]) if word == "constraint" => format!("{name} {condition}"),
            _ => condition,
        }
    });
    checks.collect()
}

/// What a partial index demands of its rows.
fn predicate(sql: &str) -> Option<String> {
    let tokens = tokens(sql);
    let columns = tokens.iter().position(|token| token == "(").expect("an index has columns");
    let rest = &tokens[closing(&tokens, columns) + 1..];
    rest.split_first().map(|(_, condition)| text(condition))
}
