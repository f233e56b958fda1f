//! What an upgrade would do.

use almanac_database::{Address, Mode, connect};
use migration_support::Script;
use sea_orm_migration::{
    prelude::{ConnectionTrait, DbErr},
    sea_orm::{DatabaseConnection, Statement},
};

use crate::{Target, revisions, status, verbs::way_up, verify::live};

/// A revision that would be applied.
#[derive(Clone, Debug)]
pub struct Planned {
    /// What it says.
    pub script: Script,
    /// The tables it touches that hold rows now, and how many.
    pub rows: Vec<(String, i64)>,
}

/// What an upgrade to `target` would run, and on how many rows. Writes nothing.
///
/// # Errors
/// `target` lies behind or is unknown, the database is not ours, or cannot be read.
pub async fn plan(address: &Address, target: &Target) -> Result<Vec<Planned>, DbErr> {
    let status = status(address).await?;
    let way = way_up(&status, target)?;
    if way.is_empty() {
        return Ok(Vec::new());
    }
    let scripts = revisions(address.database).scripts(address).await?;
    let scripts: Vec<Script> =
        scripts.into_iter().filter(|script| way.contains(&script.name)).collect();
    if !status.exists {
        let planned = |script| Planned { script, rows: Vec::new() };
        return Ok(scripts.into_iter().map(planned).collect());
    }
    let tables: Vec<String> =
        live(address).await?.tables.into_iter().map(|table| table.name).collect();
    let connection =
        connect(address, Mode::Read).await.map_err(|error| DbErr::Custom(error.to_string()))?;
    let mut planned = Vec::with_capacity(scripts.len());
    for script in scripts {
        let mut rows = Vec::new();
        for table in tables.iter().filter(|table| touches(&script, table)) {
            let held = count(&connection, table).await?;
            if held > 0 {
                rows.push((table.clone(), held));
            }
        }
        planned.push(Planned { script, rows });
    }
    connection.close().await?;
    Ok(planned)
}

/// Whether any table of a database holds a row.
///
/// # Errors
/// The database cannot be read.
pub async fn holds_rows(address: &Address) -> Result<bool, DbErr> {
    let tables = live(address).await?.tables;
    let connection =
        connect(address, Mode::Read).await.map_err(|error| DbErr::Custom(error.to_string()))?;
    let mut holds = false;
    for table in tables {
        let sql = format!("SELECT 1 FROM {} LIMIT 1", quoted(&table.name));
        let statement = Statement::from_string(connection.get_database_backend(), sql);
        holds |= connection.query_one_raw(statement).await?.is_some();
    }
    connection.close().await?;
    Ok(holds)
}

/// Whether a statement of the script has the table's name as a word of it.
fn touches(script: &Script, table: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    script.up.iter().any(|sql| sql.split(|letter| !is_part(letter)).any(|word| word == table))
}

async fn count(connection: &DatabaseConnection, table: &str) -> Result<i64, DbErr> {
    let sql = format!("SELECT COUNT(*) FROM {}", quoted(table));
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    match connection.query_one_raw(statement).await? {
        Some(row) => row.try_get_by_index(0),
        None => Ok(0),
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
