//! Writes a schema as SQLite's statements.

use crate::{
    model::{Action, Column, Counter, Deferrable, ForeignKey, Index, Over, Part, Schema, Table},
    text::{quoted, quoted_list},
};

/// The statements that make a whole schema in an empty database.
pub(crate) fn statements(schema: &Schema) -> Vec<String> {
    let tables = schema.tables.iter().map(|table| create_table(table, &table.name));
    let indexes = schema
        .tables
        .iter()
        .flat_map(|table| table.indexes.iter().map(|index| create_index(&table.name, index)));
    let views = schema.views.iter().map(|view| view.definition.sql.clone());
    let triggers = schema.triggers.iter().map(|trigger| trigger.definition.sql.clone());
    tables.chain(indexes).chain(views).chain(triggers).collect()
}

/// The statement that makes a table, under a name that may be another than its own.
pub(crate) fn create_table(table: &Table, name: &str) -> String {
    let mut lines: Vec<String> = table.columns.iter().map(|column| define(table, column)).collect();
    if let Some(key) = &table.primary_key
        && in_column(table).is_none()
    {
        lines.push(constraint(
            key.name.as_deref(),
            format!("PRIMARY KEY ({})", quoted_list(&key.columns)),
        ));
    }
    for key in &table.uniques {
        let body = format!("UNIQUE ({})", quoted_list(&key.columns));
        lines.push(constraint(key.name.as_deref(), body));
    }
    for check in &table.checks {
        let body = format!("CHECK ({})", check.expression.sql);
        lines.push(constraint(check.name.as_deref(), body));
    }
    for key in &table.foreign_keys {
        lines.push(constraint(key.name.as_deref(), foreign_key(key)));
    }
    let options = match (table.strict, table.without_rowid) {
        (false, false) => "",
        (true, false) => " STRICT",
        (false, true) => " WITHOUT ROWID",
        (true, true) => " STRICT, WITHOUT ROWID",
    };
    format!("CREATE TABLE {} (\n    {}\n){options}", quoted(name), lines.join(",\n    "))
}

fn constraint(name: Option<&str>, body: String) -> String {
    match name {
        Some(name) => format!("CONSTRAINT {} {body}", quoted(name)),
        None => body,
    }
}

/// What stands at the key's column itself, where the key cannot be stated beside the columns.
fn in_column(table: &Table) -> Option<(&str, &'static str)> {
    let [only] = table.primary_key.as_ref()?.columns.as_slice() else { return None };
    let column = table.columns.iter().find(|column| column.name.eq_ignore_ascii_case(only))?;
    let integer = column.ty.sql.eq_ignore_ascii_case("integer") && !table.without_rowid;
    match column.counter {
        Some(Counter::Autoincrement) => Some((only, " PRIMARY KEY AUTOINCREMENT")),
        // Said otherwise it would be the rowid.
        None if integer => Some((only, " PRIMARY KEY DESC")),
        _ => None,
    }
}

/// The statement that adds a column to a table of SQLite that is there.
pub fn add_column(table: &Table, column: &Column) -> String {
    format!("ALTER TABLE {} ADD COLUMN {}", quoted(&table.name), define(table, column))
}

/// A column, as in `CREATE TABLE` and `ADD COLUMN`.
pub(crate) fn define(table: &Table, column: &Column) -> String {
    let mut sql = quoted(&column.name);
    if !column.ty.sql.is_empty() {
        sql += &format!(" {}", column.ty.sql);
    }
    if let Some((_, key)) = in_column(table).filter(|(name, _)| *name == column.name) {
        sql += key;
    }
    if !column.nullable {
        sql += " NOT NULL";
    }
    if let Some(default) = &column.default {
        sql += &if is_constant(&default.canonical) {
            format!(" DEFAULT {}", default.sql)
        } else {
            format!(" DEFAULT ({})", default.sql)
        };
    }
    if let Some(collation) = &column.collation {
        sql += &format!(" COLLATE {}", quoted(collation));
    }
    if let Some(generated) = &column.generated {
        let kept = if generated.stored { "STORED" } else { "VIRTUAL" };
        sql += &format!(" GENERATED ALWAYS AS ({}) {kept}", generated.expression.sql);
    }
    sql
}

/// Whether a default is a value, and not an expression.
pub(crate) fn is_constant(canonical: &str) -> bool {
    let string = canonical
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''))
        .is_some_and(|inner| !inner.replace("''", "").contains('\''));
    string || canonical.replace(' ', "").parse::<f64>().is_ok()
}

fn foreign_key(key: &ForeignKey) -> String {
    let (columns, table) = (quoted_list(&key.columns), quoted(&key.table));
    let mut sql = format!("FOREIGN KEY ({columns}) REFERENCES {table}");
    // Empty where the table it refers to is not there to say which.
    if !key.target.is_empty() {
        sql += &format!(" ({})", quoted_list(&key.target));
    }
    for (event, action) in [("DELETE", key.on_delete), ("UPDATE", key.on_update)] {
        if action != Action::NoAction {
            sql += &format!(" ON {event} {action}");
        }
    }
    if key.deferrable != Deferrable::No {
        sql += key.deferrable.clause();
    }
    sql
}

/// The statement that makes an index.
pub(crate) fn create_index(table: &str, index: &Index) -> String {
    let unique = if index.unique { "UNIQUE " } else { "" };
    let parts = index.parts.iter().map(part).collect::<Vec<_>>().join(", ");
    let mut sql =
        format!("CREATE {unique}INDEX {} ON {} ({parts})", quoted(&index.name), quoted(table));
    if let Some(predicate) = &index.predicate {
        sql += &format!(" WHERE {}", predicate.sql);
    }
    sql
}

fn part(part: &Part) -> String {
    let mut sql = match &part.over {
        Over::Column(name) => quoted(name),
        Over::Expression(expression) => expression.sql.clone(),
    };
    if let Some(collation) = &part.collation {
        sql += &format!(" COLLATE {}", quoted(collation));
    }
    if part.descending {
        sql += " DESC";
    }
    sql
}
