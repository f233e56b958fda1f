//! In what an adopted file differs from one that the revisions made, and may: as it was found when it was taken over.

use almanac_database::Database;
use sea_orm_migration::{
    prelude::{ConnectionTrait, DbErr},
    sea_orm::{DbBackend, Statement},
};

use crate::books::exists;

/// Writes the differences down, a line each, in place of those that were kept before.
///
/// # Errors
/// The engine refuses.
pub(crate) async fn keep<C: ConnectionTrait>(
    connection: &C,
    database: Database,
    differences: &[String],
) -> Result<(), DbErr> {
    let table = database.adoption_table();
    for sql in [
        format!("CREATE TABLE IF NOT EXISTS {table} (difference TEXT NOT NULL PRIMARY KEY)"),
        format!("DELETE FROM {table}"),
    ] {
        connection.execute_unprepared(&sql).await?;
    }
    let backend = connection.get_database_backend();
    for difference in differences {
        let insert = format!("INSERT INTO {table} VALUES ($1) ON CONFLICT DO NOTHING");
        let insert = Statement::from_sql_and_values(backend, insert, [difference.into()]);
        connection.execute_raw(insert).await?;
    }
    Ok(())
}

/// The differences that are kept; none where nothing was adopted.
///
/// # Errors
/// The engine fails.
pub(crate) async fn kept<C: ConnectionTrait>(
    connection: &C,
    database: Database,
) -> Result<Vec<String>, DbErr> {
    let table = database.adoption_table();
    if !exists(connection, &table).await? {
        return Ok(Vec::new());
    }
    let select = format!("SELECT difference FROM {table} ORDER BY difference");
    let select = Statement::from_string(connection.get_database_backend(), select);
    let rows = connection.query_all_raw(select).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

/// The differences of a table in whichever database's file this is; none where it was not taken over. SQLite only.
///
/// # Errors
/// The engine fails.
pub(crate) async fn of_table<C: ConnectionTrait>(
    connection: &C,
    table: &str,
) -> Result<Vec<String>, DbErr> {
    let mut differences = Vec::new();
    for database in Database::ALL {
        differences.extend(kept(connection, database).await?);
    }
    let of_it =
        |line: &String| line.strip_prefix(table).is_some_and(|rest| rest.starts_with(['.', ':']));
    differences.retain(of_it);
    Ok(differences)
}

/// The columns that a file has of its own, each with its table; none where it was not taken over. SQLite only.
///
/// # Errors
/// The engine fails.
pub(crate) async fn own_columns<C: ConnectionTrait>(
    connection: &C,
    database: Database,
) -> Result<Vec<(String, String)>, DbErr> {
    if connection.get_database_backend() != DbBackend::Sqlite {
        return Ok(Vec::new());
    }
    let differences = kept(connection, database).await?;
    if differences.is_empty() {
        return Ok(Vec::new());
    }
    let select = "SELECT t.name, c.name FROM sqlite_schema AS t JOIN pragma_table_xinfo(t.name) AS c \
                  WHERE t.type = 'table' ORDER BY t.name, c.cid";
    let select = Statement::from_string(DbBackend::Sqlite, select);
    let rows = connection.query_all_raw(select).await?;
    let mut columns = Vec::new();
    for row in rows {
        let (table, column): (String, String) =
            (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        let begins = format!("{table}: column {column} ");
        let is_own =
            |line: &String| line.starts_with(&begins) && line.ends_with("should not be there");
        if differences.iter().any(is_own) {
            columns.push((table, column));
        }
    }
    Ok(columns)
}
