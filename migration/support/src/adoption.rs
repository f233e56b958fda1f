//! In what an adopted file differs from one that the revisions made, and may: as it was found when it was taken over.

use almanac_database::Database;
use sea_orm_migration::{
    prelude::{ConnectionTrait, DbErr},
    sea_orm::Statement,
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
