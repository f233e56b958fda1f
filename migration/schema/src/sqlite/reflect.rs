//! Reads an SQLite database: its catalogue, the table-valued pragmas, and the text of its statements.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult, Statement};

use super::{canon, parse};
use crate::{
    BOOKKEEPING, Error, Unmanaged,
    model::{Column, Counter, Engine, Key, Over, Schema, Table, Trigger, View},
};

/// Everything in the catalogue that is neither SQLite's own nor bookkeeping of migrations.
const OBJECTS: &str = "
SELECT o.type AS kind, o.name, o.tbl_name AS table_name, o.sql, l.type AS table_kind,
    COALESCE(l.wr, 0) AS without_rowid, COALESCE(l.strict, 0) AS strict
FROM sqlite_schema AS o
LEFT JOIN pragma_table_list AS l ON l.schema = 'main' AND l.name = o.name AND o.type = 'table'
WHERE o.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND o.tbl_name NOT LIKE ? ESCAPE '\\'
ORDER BY o.rowid";

/// The columns of all tables. The table's name is bound by the join, whatever is in it.
const COLUMNS: &str = "
SELECT l.name AS table_name, c.name, c.type AS declared, c.\"notnull\" AS not_null,
    c.dflt_value AS default_sql, c.pk
FROM pragma_table_list AS l JOIN pragma_table_xinfo(l.name, 'main') AS c
WHERE l.schema = 'main' AND l.type = 'table' ORDER BY l.name, c.cid";

#[derive(FromQueryResult)]
struct Object {
    kind: String,
    name: String,
    table_name: String,
    sql: Option<String>,
    table_kind: Option<String>,
    without_rowid: bool,
    strict: bool,
}

#[derive(FromQueryResult)]
struct ColumnRow {
    table_name: String,
    name: String,
    declared: String,
    not_null: bool,
    default_sql: Option<String>,
    pk: i64,
}

/// Reads the main database of a connection.
pub(crate) async fn reflect<C: ConnectionTrait>(connection: &C) -> Result<Schema, Error> {
    let objects: Vec<Object> = all(connection, OBJECTS, [BOOKKEEPING.into()]).await?;
    let mut columns: BTreeMap<String, Vec<ColumnRow>> = BTreeMap::new();
    for row in all::<ColumnRow, _>(connection, COLUMNS, []).await? {
        columns.entry(row.table_name.clone()).or_default().push(row);
    }
    let mut schema = Schema::empty(Engine::Sqlite);
    for object in &objects {
        let rows = columns.remove(&object.name).unwrap_or_default();
        let sql = object.sql.as_deref().unwrap_or_default();
        match (object.kind.as_str(), object.table_kind.as_deref()) {
            ("table", Some("table")) => match table(object, sql, rows, &mut schema.unmanaged) {
                Some(table) => schema.tables.push(table),
                None => schema.unmanaged.push(Unmanaged::new("unreadable table", &object.name)),
            },
            ("table", Some("virtual")) => {
                schema.unmanaged.push(Unmanaged::new("virtual table", &object.name));
            }
            ("view", _) => schema
                .views
                .push(View { name: object.name.clone(), definition: canon::definition(sql) }),
            ("trigger", _) => schema.triggers.push(Trigger {
                name: object.name.clone(),
                table: object.table_name.clone(),
                definition: canon::definition(sql),
            }),
            // A shadow table is a part of its virtual one; indexes come when all tables are there.
            _ => {}
        }
    }
    for object in objects.iter().filter(|object| object.kind == "index") {
        index(object, &mut schema);
    }
    write_out_targets(&mut schema);
    schema.tables.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(schema)
}

async fn all<R, C>(
    connection: &C,
    sql: &str,
    values: impl IntoIterator<Item = sea_orm::Value>,
) -> Result<Vec<R>, DbErr>
where
    R: FromQueryResult,
    C: ConnectionTrait,
{
    let statement = Statement::from_sql_and_values(DbBackend::Sqlite, sql, values);
    R::find_by_statement(statement).all(connection).await
}

fn table(
    object: &Object,
    sql: &str,
    rows: Vec<ColumnRow>,
    unmanaged: &mut Vec<Unmanaged>,
) -> Option<Table> {
    let mut text = parse::table(sql)?;
    let mut key: Vec<(i64, String)> =
        rows.iter().filter(|row| row.pk > 0).map(|row| (row.pk, row.name.clone())).collect();
    key.sort();
    let rowid = match key.as_slice() {
        [(_, only)] => !object.without_rowid && !text.key_descends && is_integer(&rows, only),
        _ => false,
    };
    let counter = if text.autoincrement { Counter::Autoincrement } else { Counter::Rowid };
    let columns = rows.into_iter().map(|row| {
        let keyed = row.pk > 0;
        let declared = row.declared.trim();
        let at = text.columns.iter().position(|column| column.name.eq_ignore_ascii_case(&row.name));
        let text_of = at.map(|at| text.columns.swap_remove(at));
        let (collation, generated) = text_of.map_or((None, None), |t| (t.collation, t.generated));
        let implied = keyed && (rowid || object.without_rowid || object.strict);
        Column {
            ty: canon::column_type(declared, object.strict),
            nullable: !(row.not_null || implied),
            default: row
                .default_sql
                .filter(|_| generated.is_none())
                .and_then(|sql| canon::default(&sql, canon::affinity(declared))),
            generated,
            collation: collation.filter(|name| !name.eq_ignore_ascii_case("binary")),
            counter: (keyed && rowid).then_some(counter),
            name: row.name,
            comment: None,
        }
    });
    let columns = columns.collect();
    text.beyond.sort_unstable();
    text.beyond.dedup();
    let beyond = text.beyond.iter().map(|kind| Unmanaged::new(kind, &object.name).of(&object.name));
    unmanaged.extend(beyond);
    let name = text.key_name;
    Some(Table {
        columns,
        primary_key: (!key.is_empty())
            .then(|| Key { name, ..Key::new(key.into_iter().map(|(_, name)| name).collect()) }),
        uniques: text.uniques,
        checks: text.checks,
        foreign_keys: text.foreign_keys,
        strict: object.strict,
        without_rowid: object.without_rowid,
        ..Table::new(&object.name)
    })
}

fn is_integer(rows: &[ColumnRow], name: &str) -> bool {
    rows.iter().any(|row| row.name == name && row.declared.eq_ignore_ascii_case("integer"))
}

fn index(object: &Object, schema: &mut Schema) {
    let Some(sql) = object.sql.as_deref() else { return };
    let Some(at) = schema.tables.iter().position(|table| table.name == object.table_name) else {
        return;
    };
    let table = &mut schema.tables[at];
    let is_column = |name: &str| table.column(Engine::Sqlite, name).is_some();
    let Some(mut index) = parse::index(sql, is_column) else {
        schema.unmanaged.push(Unmanaged::new("unreadable index", &object.name).of(&table.name));
        return;
    };
    for part in &mut index.parts {
        let usual = match &part.over {
            Over::Column(name) => {
                table.column(Engine::Sqlite, name).and_then(|column| column.collation.as_deref())
            }
            Over::Expression(_) => None,
        };
        let usual = usual.unwrap_or("binary");
        part.collation = part.collation.take().filter(|name| !name.eq_ignore_ascii_case(usual));
    }
    table.indexes.push(index);
}

/// A foreign key that names no column refers to the primary key.
fn write_out_targets(schema: &mut Schema) {
    let keys: BTreeMap<String, Vec<String>> = schema
        .tables
        .iter()
        .filter_map(|table| {
            Some((table.name.to_ascii_lowercase(), table.primary_key.as_ref()?.columns.clone()))
        })
        .collect();
    for key in schema.tables.iter_mut().flat_map(|table| &mut table.foreign_keys) {
        if key.target.is_empty() {
            key.target = keys.get(&key.table.to_ascii_lowercase()).cloned().unwrap_or_default();
        }
    }
}
