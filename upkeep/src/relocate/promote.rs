//! Databases in `db/`: the plan's variables point beside it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use almanac_database::{Database, Environment};
use almanac_entity::{Kind, UnixTime};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use serde::Serialize;

use crate::{Error, Result, digest, files, names::quoted, sqlite};

/// A file of a database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Candidate {
    /// The file.
    pub path: PathBuf,
    /// Its size, bytes.
    pub size: u64,
    /// Its rows in all tables; none where it cannot be read.
    pub rows: Option<u64>,
    /// The latest instant in a row of it; none where no row has one.
    pub newest: Option<DateTime<Utc>>,
}

/// A database that is in `db/`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Promotion {
    /// The database.
    pub database: String,
    /// The file in `db/`.
    pub found: Candidate,
    /// The file where the variables point, if there is one too. Then nothing is done: somebody has to choose.
    pub other: Option<Candidate>,
    /// Whether it was copied there.
    pub done: bool,
}

/// Finds databases that are in `db/`; with `copy`, those that are only there get a proved copy where the
/// variables point. In a dry run it looks in the old directory.
pub(super) async fn promote(
    (from, to): (&Path, &Path),
    copy: bool,
    dry_run: bool,
) -> Result<Vec<Promotion>> {
    let root = if dry_run { from } else { to };
    let mut promotions = Vec::new();
    for database in Database::ALL {
        let found = root.join("db").join(database.file_name());
        if !sqlite::is_database(&found) {
            continue;
        }
        let place = place(root, database)?;
        let other = if place.exists() { Some(candidate(&place, database).await?) } else { None };
        let done = copy && !dry_run && other.is_none();
        if done {
            let new = files::beside(&place, ".", ".moving");
            fs::create_dir_all(files::folder(&place)).map_err(Error::file("create", &place))?;
            if files::copy(&found, &new)? != files::sha256(&new)? {
                return Err(Error::damaged(new.display(), "it is not what was copied"));
            }
            files::rename(&new, &place)?;
        }
        let found = candidate(&found, database).await?;
        promotions.push(Promotion { database: database.to_string(), found, other, done });
    }
    Ok(promotions)
}

/// Where a database is by default.
fn place(root: &Path, database: Database) -> Result<PathBuf> {
    let address = Environment::within(root).address(database);
    let address = address.map_err(|error| Error::refused("to", error.to_string()))?;
    Ok(address.location.file().map_or_else(|| root.join(database.file_name()), Path::to_owned))
}

async fn candidate(path: &Path, database: Database) -> Result<Candidate> {
    let size = fs::metadata(path).map_err(Error::file("look at", path))?.len();
    let look = async {
        let connection = sqlite::open_sealed(path).await?;
        let digests = digest::digests(&connection, database).await?;
        let newest = newest(&connection, database).await?;
        connection.close().await?;
        Ok::<_, Error>((digests.iter().map(|table| table.rows).sum(), newest))
    };
    let (rows, newest) = look.await.ok().unzip();
    Ok(Candidate { path: path.to_owned(), size, rows, newest: newest.flatten() })
}

/// The latest instant in a row, by one statement.
async fn newest(
    connection: &DatabaseConnection,
    database: Database,
) -> Result<Option<DateTime<Utc>>> {
    let mut latest = Vec::new();
    for table in digest::tables(connection, database).await? {
        let is_instant = |known: Option<digest::Known>| {
            known.is_some_and(|known| matches!(known.kind, Kind::UnixTime))
        };
        for column in table.columns.iter().filter(|column| is_instant(column.known)) {
            let (column, table) = (quoted(&column.name), quoted(&table.name));
            latest.push(format!(
                "SELECT MAX({column}) AS at FROM {table} WHERE typeof({column}) IN ('real', 'integer')"
            ));
        }
    }
    if latest.is_empty() {
        return Ok(None);
    }
    let sql = format!("SELECT CAST(MAX(at) AS REAL) FROM ({})", latest.join(" UNION ALL "));
    let row = connection.query_one_raw(Statement::from_string(DbBackend::Sqlite, sql)).await?;
    let at: Option<f64> = row.map(|row| row.try_get_by_index(0)).transpose()?.flatten();
    Ok(at.and_then(|at| UnixTime(at).date_time()))
}
