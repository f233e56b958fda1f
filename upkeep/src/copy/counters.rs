//! The numbers that rows were given last: no number is given twice, nor is one of a row that is gone.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Statement};

use crate::{Result, names::quoted};

/// Columns that PostgreSQL counts up: table, column, the sequence as SQL takes it, whether the column is
/// countable at all.
const COUNTED: &str = "SELECT c.relname::text, a.attname::text, \
        pg_get_serial_sequence(quote_ident(c.relname), a.attname) \
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid \
    WHERE c.relnamespace = to_regnamespace(quote_ident(current_schema())) AND c.relkind = 'r' \
    AND a.attnum > 0 AND NOT a.attisdropped \
    AND pg_get_serial_sequence(quote_ident(c.relname), a.attname) IS NOT NULL";

/// Has the target go on counting where the source is, and in any case behind its rows.
pub(super) async fn carry(from: &DatabaseTransaction, to: &DatabaseTransaction) -> Result<()> {
    let counters = read(from).await?;
    if ConnectionTrait::get_database_backend(to) == DbBackend::Postgres {
        return into_postgres(to, &counters).await;
    }
    for (table, counter) in counters {
        // SQLite itself remembers the largest number of the rows that were inserted.
        let (table, counter) = (sea_orm::Value::from(table), sea_orm::Value::from(counter));
        let remove = "DELETE FROM sqlite_sequence WHERE name = ? AND seq < ?";
        let add = "INSERT INTO sqlite_sequence (name, seq) SELECT ?1, ?2 \
            WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = ?1)";
        for sql in [remove, add] {
            let values = [table.clone(), counter.clone()];
            to.execute_raw(Statement::from_sql_and_values(DbBackend::Sqlite, sql, values)).await?;
        }
    }
    Ok(())
}

/// The last numbers by table, where any was given.
async fn read(from: &DatabaseTransaction) -> Result<BTreeMap<String, i64>> {
    let mut counters = BTreeMap::new();
    if ConnectionTrait::get_database_backend(from) == DbBackend::Postgres {
        let counted = from.query_all_raw(Statement::from_string(DbBackend::Postgres, COUNTED));
        for row in counted.await? {
            let (table, sequence): (String, String) =
                (row.try_get_by_index(0)?, row.try_get_by_index(2)?);
            // The engine quotes what it names.
            let last = format!("SELECT last_value FROM {sequence} WHERE is_called");
            let last = Statement::from_string(DbBackend::Postgres, last);
            if let Some(row) = from.query_one_raw(last).await? {
                counters.insert(table, row.try_get_by_index(0)?);
            }
        }
        return Ok(counters);
    }
    let kept = "SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'";
    if from.query_one_raw(Statement::from_string(DbBackend::Sqlite, kept)).await?.is_some() {
        let counted = "SELECT name, seq FROM sqlite_sequence WHERE seq > 0";
        for row in from.query_all_raw(Statement::from_string(DbBackend::Sqlite, counted)).await? {
            counters.insert(row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        }
    }
    Ok(counters)
}

async fn into_postgres(to: &DatabaseTransaction, counters: &BTreeMap<String, i64>) -> Result<()> {
    for row in to.query_all_raw(Statement::from_string(DbBackend::Postgres, COUNTED)).await? {
        let (table, column, sequence): (String, String, String) =
            (row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?);
        let set = format!(
            "SELECT setval($1::regclass, last) FROM (SELECT GREATEST($2::bigint, MAX({})) AS last \
             FROM {}) AS counted WHERE last > 0",
            quoted(&column),
            quoted(&table)
        );
        let values = [sequence.into(), counters.get(&table).copied().into()];
        let set = Statement::from_sql_and_values(DbBackend::Postgres, set, values);
        to.query_all_raw(set).await?;
    }
    Ok(())
}
