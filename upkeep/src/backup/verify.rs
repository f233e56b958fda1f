//! Proving a backup: what cannot be restored is none.

use std::path::Path;

use almanac_database::{Address, Database};

use super::{Engine, Manifest, Tools, postgres::Scratch};
use crate::{
    Error, Result,
    digest::{self, TableDigest, differences},
    files, sqlite,
};

/// Proves the backup in `folder`: the SHA-256 of its files, then a restore into a scratch file, or a scratch
/// database on `server`, and there every table's number of rows and digest and what the engine itself checks.
/// Returns what is wrong; nothing is for a good backup.
///
/// # Errors
/// There is no manifest, or no scratch database could be made.
pub async fn verify(folder: &Path, server: Option<&Address>, tools: &Tools) -> Result<Vec<String>> {
    let manifest = Manifest::read(folder)?;
    if let Some(reason) = manifest.missing(folder) {
        return Ok(vec![reason]);
    }
    if let Some(reason) = changed(folder, &manifest)? {
        return Ok(vec![reason]);
    }
    let database = database(&manifest)?;
    match manifest.engine {
        Engine::Sqlite => of_sqlite(folder, &manifest, database).await,
        Engine::Postgres => {
            let server = server.ok_or_else(|| {
                Error::refused("server", "a dump is verified on a PostgreSQL server; name one")
            })?;
            of_postgres(folder, &manifest, database, server, tools).await
        }
    }
}

/// Says which file does not have the content that the manifest says.
pub(super) fn changed(folder: &Path, manifest: &Manifest) -> Result<Option<String>> {
    for file in &manifest.files {
        if files::sha256(&folder.join(&file.name))? != file.sha256 {
            return Ok(Some(format!("{} has been changed: another SHA-256", file.name)));
        }
    }
    Ok(None)
}

/// The database that a backup is of.
pub(super) fn database(manifest: &Manifest) -> Result<Database> {
    let parsed = manifest.database.parse();
    parsed.map_err(|error: almanac_database::UnknownDatabase| {
        Error::damaged("manifest.json", error.to_string())
    })
}

async fn of_sqlite(folder: &Path, manifest: &Manifest, database: Database) -> Result<Vec<String>> {
    let scratch = tempfile::tempdir().map_err(Error::file("create", Path::new("/tmp")))?;
    let copy = scratch.path().join(&manifest.copy().name);
    files::copy(&folder.join(&manifest.copy().name), &copy)?;
    let connection = sqlite::open_sealed(&copy).await?;
    let found = async {
        let mut wrong = sqlite::complaints(&connection).await?;
        let orphans = sqlite::orphans(&connection).await?;
        if orphans != manifest.orphans {
            wrong.push(format!(
                "{orphans} rows refer to others that are not there, instead of {}",
                manifest.orphans
            ));
        }
        let found = digest::digests(&connection, database).await?;
        wrong.extend(compare(manifest, &found));
        Ok::<_, Error>(wrong)
    };
    // What cannot even be read is wrong with the backup and not with this run.
    let found = found.await.unwrap_or_else(|error| vec![error.to_string()]);
    connection.close().await?;
    Ok(found)
}

async fn of_postgres(
    folder: &Path,
    manifest: &Manifest,
    database: Database,
    server: &Address,
    tools: &Tools,
) -> Result<Vec<String>> {
    let scratch = Scratch::create(folder, manifest, database, server, tools).await?;
    let found = digest::digests_at(&scratch.address).await;
    scratch.drop().await?;
    Ok(compare(manifest, &found?))
}

fn compare(manifest: &Manifest, found: &[TableDigest]) -> Vec<String> {
    differences(&manifest.tables, found)
}
