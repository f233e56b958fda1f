//! The tables and columns that a database has, beside what the entities say of them.

use std::collections::BTreeMap;

use almanac_database::Database;
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::known::{Known, entities};
use crate::{Error, Result, names::quoted};

/// Tables of SQLite and their columns, those computed from others left out.
const SQLITE: &str = "SELECT tables.name, columns.name, columns.type, NULL \
    FROM pragma_table_list AS tables JOIN pragma_table_xinfo(tables.name) AS columns \
    WHERE tables.schema = 'main' AND tables.type IN ('table', 'shadow') \
    AND tables.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND columns.hidden = 0";

/// The same of the PostgreSQL schema that the connection works in, with the tables' numbers; all of the
/// transaction's snapshot, which functions such as `to_regclass` do not heed.
const POSTGRES: &str = "SELECT c.relname::text, a.attname::text, format_type(a.atttypid, NULL), \
        c.oid::bigint \
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid \
    JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = current_schema() \
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
    /// On PostgreSQL, what the table is known by whatever its name.
    oid: Option<i64>,
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
    let mut found: BTreeMap<(String, Option<i64>), BTreeMap<String, String>> = BTreeMap::new();
    for row in rows {
        let (table, column): (String, String) =
            (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        let oid = if backend == DbBackend::Postgres { row.try_get_by_index(3)? } else { None };
        found.entry((table, oid)).or_default().insert(column, row.try_get_by_index(2)?);
    }
    let entities = entities(database);
    let tables = found.into_iter().map(|((name, oid), columns)| {
        let entity = entities.get(&name);
        let columns = columns.into_iter().map(|(name, declared)| {
            let known = entity.and_then(|columns| columns.get(&name)).copied();
            Column { name, declared, known }
        });
        Table { columns: columns.collect(), known: entity.is_some(), name, oid }
    });
    Ok(tables.collect())
}

/// Refuses a table of which another has the name by now. A transaction sees rows as of its snapshot, but names as
/// they are: it would find the new table, and none of its rows.
pub(super) async fn refuse_replaced<C: ConnectionTrait>(
    connection: &C,
    table: &Table,
) -> Result<()> {
    let Some(oid) = table.oid else { return Ok(()) };
    let named = Statement::from_sql_and_values(
        DbBackend::Postgres,
        "SELECT to_regclass($1)::oid::bigint",
        [quoted(&table.name).into()],
    );
    let row = connection.query_one_raw(named).await?;
    let now: Option<i64> = row.map(|row| row.try_get_by_index(0)).transpose()?.flatten();
    if now == Some(oid) {
        return Ok(());
    }
    Err(Error::Replaced { table: table.name.clone() })
}
