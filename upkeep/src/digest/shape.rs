//! The tables and columns that a database has, beside what the entities say of them.

use std::collections::BTreeMap;

use almanac_database::Database;
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::known::{Known, entities};
use crate::Result;

/// Tables of SQLite and their columns, those computed from others left out.
const SQLITE: &str = "SELECT tables.name, columns.name, columns.type \
    FROM pragma_table_list AS tables JOIN pragma_table_xinfo(tables.name) AS columns \
    WHERE tables.schema = 'main' AND tables.type IN ('table', 'shadow') \
    AND tables.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND columns.hidden = 0";

/// The same of the PostgreSQL schema that the connection works in.
const POSTGRES: &str = "SELECT c.relname::text, a.attname::text, format_type(a.atttypid, NULL) \
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid \
    WHERE c.relnamespace = to_regnamespace(quote_ident(current_schema())) \
    AND c.relkind IN ('r', 'p') AND NOT c.relispartition \
    AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''";

/// A table as the database has it.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    /// Its name.
    pub(crate) name: String,
    /// Its columns, by name.
    pub(crate) columns: Vec<Column>,
    /// Whether an entity states it.
    pub(crate) known: bool,
}

/// A column as the database has it.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    /// Its name.
    pub(crate) name: String,
    /// Its type as the engine spells it, without length or precision.
    pub(crate) declared: String,
    /// What an entity says it holds.
    pub(crate) known: Option<Known>,
}

/// The tables that `connection` sees, by name.
pub(crate) async fn tables<C: ConnectionTrait>(
    connection: &C,
    database: Database,
) -> Result<Vec<Table>> {
    let backend = connection.get_database_backend();
    let sql = if backend == DbBackend::Postgres { POSTGRES } else { SQLITE };
    let rows = connection.query_all_raw(Statement::from_string(backend, sql)).await?;
    let mut found: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for row in rows {
        let (table, column): (String, String) =
            (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        found.entry(table).or_default().insert(column, row.try_get_by_index(2)?);
    }
    let entities = entities(database);
    let tables = found.into_iter().map(|(name, columns)| {
        let entity = entities.get(&name);
        let columns = columns.into_iter().map(|(name, declared)| {
            let known = entity.and_then(|columns| columns.get(&name)).copied();
            Column { name, declared, known }
        });
        Table { columns: columns.collect(), known: entity.is_some(), name }
    });
    Ok(tables.collect())
}
