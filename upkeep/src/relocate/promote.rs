//! Databases in `db/`: the plan's variables point beside it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use almanac_database::{Database, Environment};
use serde::Serialize;

use crate::{Error, Result, digest, files, sqlite};

/// A file of a database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Candidate {
    /// The file.
    pub path: PathBuf,
    /// Its size, bytes.
    pub size: u64,
    /// Its rows in all tables; none where it cannot be read.
    pub rows: Option<u64>,
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
    let rows = async {
        let connection = sqlite::open_sealed(path).await?;
        let digests = digest::digests(&connection, database).await?;
        connection.close().await?;
        Ok::<_, Error>(digests.iter().map(|table| table.rows).sum())
    };
    Ok(Candidate { path: path.to_owned(), size, rows: rows.await.ok() })
}
