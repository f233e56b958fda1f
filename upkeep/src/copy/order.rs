//! Which table comes before which.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::{Result, digest::Table};

const SQLITE: &str = "SELECT child.name, reference.\"table\" \
    FROM sqlite_schema AS child JOIN pragma_foreign_key_list(child.name) AS reference \
    WHERE child.type = 'table'";

const POSTGRES: &str = "SELECT child.relname::text, parent.relname::text \
    FROM pg_constraint k JOIN pg_class child ON child.oid = k.conrelid \
    JOIN pg_class parent ON parent.oid = k.confrelid \
    WHERE k.contype = 'f' AND k.connamespace = to_regnamespace(quote_ident(current_schema()))";

/// The tables, each behind those that its rows refer to; tables that refer to each other as they come.
pub(super) async fn parents_first<C: ConnectionTrait>(
    connection: &C,
    mut tables: Vec<Table>,
) -> Result<Vec<Table>> {
    let backend = connection.get_database_backend();
    let sql = if backend == DbBackend::Postgres { POSTGRES } else { SQLITE };
    let mut references: BTreeSet<(String, String)> = BTreeSet::new();
    for row in connection.query_all_raw(Statement::from_string(backend, sql)).await? {
        references.insert((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
    }
    let mut ordered: Vec<Table> = Vec::with_capacity(tables.len());
    while !tables.is_empty() {
        let waits = |table: &Table| {
            let parents = references.iter().filter(|(child, _)| *child == table.name);
            let left = |parent: &String| {
                *parent != table.name && tables.iter().any(|other| other.name == *parent)
            };
            parents.into_iter().any(|(_, parent)| left(parent))
        };
        let next = tables.iter().position(|table| !waits(table)).unwrap_or(0);
        ordered.push(tables.remove(next));
    }
    Ok(ordered)
}
