//! Rows that name the state directory.

use std::path::{Path, PathBuf};

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement, TransactionTrait, Value};
use serde::{Deserialize, Serialize};

use crate::{Error, Result, names::quoted, sqlite};

/// A column that holds a path in a state directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredPath {
    /// The database's file.
    pub file: PathBuf,
    /// The table.
    pub table: String,
    /// The column.
    pub column: String,
    /// How many rows.
    pub rows: i64,
}

/// The columns of an SQLite file that hold `path` or what is in it. Paths that only begin alike, such as those of
/// data beside the state, are none.
///
/// # Errors
/// The file cannot be read.
pub async fn stored_paths(file: &Path, path: &Path) -> Result<Vec<StoredPath>> {
    let connection = sqlite::open_sealed(file).await?;
    let found = find(&connection, file, path).await;
    connection.close().await?;
    found
}

/// Has these columns hold the same below `to` instead of `from`, all of a file's in one transaction.
pub(super) async fn rewrite(
    file: &Path,
    paths: &[StoredPath],
    from: &Path,
    to: &Path,
) -> Result<()> {
    let connection = sqlite::open_writer(file).await?;
    let outcome = async {
        let transaction = connection.begin().await?;
        let orphans = sqlite::orphans(&transaction).await?;
        for StoredPath { table, column, .. } in paths {
            let column = quoted(column);
            let sql = format!(
                "UPDATE {} SET {column} = ?2 || substr({column}, length(?1) + 1) WHERE {}",
                quoted(table),
                condition(&column)
            );
            let values: [Value; 2] = [text(from)?.into(), text(to)?.into()];
            let update = Statement::from_sql_and_values(DbBackend::Sqlite, sql, values);
            transaction.execute_raw(update).await?;
        }
        if sqlite::orphans(&transaction).await? != orphans {
            let reason = "rows would refer to others by their old paths; rewrite them by hand";
            return Err(Error::damaged(file.display(), reason));
        }
        Ok(transaction.commit().await?)
    };
    let outcome = outcome.await;
    connection.close().await?;
    outcome
}

async fn find(
    connection: &DatabaseConnection,
    file: &Path,
    path: &Path,
) -> Result<Vec<StoredPath>> {
    let columns = "SELECT tables.name, columns.name FROM sqlite_schema AS tables \
        JOIN pragma_table_info(tables.name) AS columns \
        WHERE tables.type = 'table' AND tables.sql NOT LIKE 'CREATE VIRTUAL%' AND tables.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1, 2";
    let mut found = Vec::new();
    let columns = connection.query_all_raw(Statement::from_string(DbBackend::Sqlite, columns));
    for row in columns.await? {
        let (table, column): (String, String) =
            (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        let sql = format!(
            "SELECT COUNT(*) FROM {} WHERE {}",
            quoted(&table),
            condition(&quoted(&column))
        );
        let count = Statement::from_sql_and_values(DbBackend::Sqlite, sql, [text(path)?.into()]);
        let rows = match connection.query_one_raw(count).await? {
            Some(row) => row.try_get_by_index(0)?,
            None => 0,
        };
        if rows > 0 {
            found.push(StoredPath { file: file.to_owned(), table, column, rows });
        }
    }
    Ok(found)
}

/// Whether a column holds the path `?1` or one in it.
fn condition(column: &str) -> String {
    format!(
        "typeof({column}) = 'text' AND ({column} = ?1 OR substr({column}, 1, length(?1) + 1) = ?1 || '/')"
    )
}

fn text(path: &Path) -> Result<String> {
    let text = path
        .to_str()
        .ok_or_else(|| Error::refused("path", format!("{} is not UTF-8", path.display())))?;
    Ok(text.trim_end_matches('/').to_owned())
}
