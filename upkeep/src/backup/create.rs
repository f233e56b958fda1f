//! Making backups.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use almanac_database::{Address, Location};
use chrono::{DateTime, Utc};

use super::{Engine, FileEntry, Manifest, Tools, lock::Lock, manifest::FORMAT, postgres};
use crate::{Error, Result, digest, files, revision::revision, sqlite};

/// What the name of a folder begins with that is no backup yet, or none any more.
pub(crate) const PARTIAL: &str = ".partial-";
/// Held by whoever adds backups to a folder or takes them away.
pub(crate) const LOCK: &str = ".lock";

/// A backup that was made.
#[derive(Clone, Debug)]
pub struct Backup {
    /// Its folder.
    pub folder: PathBuf,
    /// What it says of itself.
    pub manifest: Manifest,
}

/// Backs up the databases at `addresses` into `folder`, one after the other, each of one committed instant,
/// while others go on writing. `now` is what the backups are named by.
///
/// # Errors
/// A database cannot be read, a program of PostgreSQL is missing, `folder` cannot be written or another run is
/// at work in it. What was finished before stays; nothing that is not finished looks like a backup.
pub async fn create(
    addresses: &[Address],
    folder: &Path,
    tools: &Tools,
    now: DateTime<Utc>,
) -> Result<Vec<Backup>> {
    fs::create_dir_all(folder).map_err(Error::file("create", folder))?;
    let _lock = lock(folder)?;
    sweep(folder)?;
    let mut made = Vec::new();
    for address in addresses {
        made.push(one(address, folder, tools, now).await?);
    }
    Ok(made)
}

async fn one(
    address: &Address,
    folder: &Path,
    tools: &Tools,
    now: DateTime<Utc>,
) -> Result<Backup> {
    let name = format!("{}-{}", stamp(now), address.database);
    let (partial, whole) = (folder.join(format!("{PARTIAL}{name}")), folder.join(&name));
    if whole.exists() {
        let reason = format!("{} is there already", whole.display());
        return Err(Error::refused("now", reason));
    }
    fs::create_dir(&partial).map_err(Error::file("create", &partial))?;
    let manifest = match fill(address, &partial, tools, now).await {
        Ok(manifest) => manifest,
        Err(error) => {
            // It is swept away at the next run otherwise.
            let _ = fs::remove_dir_all(&partial);
            return Err(error);
        }
    };
    files::sync(&partial)?;
    files::rename(&partial, &whole)?;
    tracing::info!(database = %address.database, folder = %whole.display(), "backed up");
    Ok(Backup { folder: whole, manifest })
}

async fn fill(
    address: &Address,
    folder: &Path,
    tools: &Tools,
    now: DateTime<Utc>,
) -> Result<Manifest> {
    let mut manifest = Manifest {
        format: FORMAT,
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        database: address.database.to_string(),
        engine: Engine::Sqlite,
        created_at: now,
        source: postgres::source(&address.location),
        schema: None,
        revision: None,
        orphans: 0,
        tables: Vec::new(),
        files: Vec::new(),
    };
    let name = match &address.location {
        Location::File(_) => {
            let name = address.database.file_name();
            let copy = folder.join(&name);
            sqlite::copy_online(address, &copy).await?;
            files::sync(&copy)?;
            // Of the copy: it is of one instant, and the database has gone on.
            let connection = sqlite::open_sealed(&copy).await?;
            manifest.revision = revision(&connection, address.database).await?;
            manifest.orphans = sqlite::orphans(&connection).await?;
            manifest.tables = digest::digests(&connection, address.database).await?;
            connection.close().await?;
            name
        }
        Location::Postgres(url) => {
            let name = format!("{}.dump", address.database);
            let dumped = postgres::dump(address, url, &folder.join(&name), tools).await?;
            files::sync(&folder.join(&name))?;
            manifest.engine = Engine::Postgres;
            manifest.schema = Some(address.schema.clone());
            (manifest.revision, manifest.tables) = dumped;
            name
        }
        Location::Memory => {
            let reason = format!("{} is in memory; there is nothing to keep", address.database);
            return Err(Error::refused("database", reason));
        }
    };
    let path = folder.join(&name);
    let size = fs::metadata(&path).map_err(Error::file("look at", &path))?.len();
    manifest.files.push(FileEntry { sha256: files::sha256(&path)?, size, name });
    manifest.write(folder)?;
    Ok(manifest)
}

/// An instant in the name of a file.
pub(crate) fn stamp(now: DateTime<Utc>) -> String {
    now.format("%Y%m%dT%H%M%S%.6fZ").to_string()
}

/// Keeps others from changing the folder of backups as long as it lives.
pub(super) fn lock(folder: &Path) -> Result<Lock> {
    let path = folder.join(LOCK);
    let file = File::create(&path).map_err(Error::file("create", &path))?;
    Lock::take(file, &path, folder, "another run of `almanac backup`")
}

/// Removes what a run that was killed left behind.
fn sweep(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder).map_err(Error::file("read", folder))?.flatten() {
        if entry.file_name().to_string_lossy().starts_with(PARTIAL) {
            let path = entry.path();
            fs::remove_dir_all(&path).map_err(Error::file("remove", &path))?;
        }
    }
    Ok(())
}

/// Removes a backup: at once under its name, then its files.
pub(super) fn remove(folder: &Path) -> Result<()> {
    let partial = files::beside(folder, PARTIAL, "");
    files::rename(folder, &partial)?;
    fs::remove_dir_all(&partial).map_err(Error::file("remove", &partial))
}
