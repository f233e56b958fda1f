//! Making a snapshot.

use std::{fs, path::Path};

use almanac_database::{Address, Location};
use chrono::{DateTime, Utc};

use super::{Kept, Snapshot, manifest::MANIFEST, put_back::tables};
use crate::{
    Error, Result,
    backup::{self, Tools},
    digest, files, sqlite,
};

/// Copies the databases at `addresses` into `folder`, each as of one committed instant, while others go on
/// writing. One that is not there is noted as such. The snapshot is whole when its `snapshot.json` is there.
///
/// # Errors
/// `folder` holds a snapshot already, a database cannot be read or is damaged, or `folder` cannot be written.
pub async fn take(
    addresses: &[Address],
    folder: &Path,
    tools: &Tools,
    now: DateTime<Utc>,
) -> Result<Snapshot> {
    if folder.join(MANIFEST).exists() {
        let reason = format!("{} holds a backup already; name another folder", folder.display());
        return Err(Error::refused("backup_dir", reason));
    }
    fs::create_dir_all(folder).map_err(Error::file("create", folder))?;
    let mut snapshot = Snapshot { taken_at: now, databases: Vec::new() };
    for address in addresses {
        snapshot.databases.push(keep(address, folder, tools, now).await?);
    }
    snapshot.write(folder)?;
    Ok(snapshot)
}

/// Notes what the work has made of a database of the snapshot in `folder`.
///
/// # Errors
/// There is no such snapshot, or the database cannot be read.
pub async fn note_outcome(folder: &Path, address: &Address) -> Result<()> {
    let mut snapshot = Snapshot::read(folder)?;
    let after = digest::digests_at(address).await?;
    for kept in &mut snapshot.databases {
        if kept.database == address.database.as_str() {
            kept.after = Some(after.clone());
        }
    }
    snapshot.write(folder)
}

async fn keep(address: &Address, folder: &Path, tools: &Tools, now: DateTime<Utc>) -> Result<Kept> {
    let mut kept = Kept {
        database: address.database.to_string(),
        place: address.location.to_string(),
        copy: None,
        sha256: None,
        before: Vec::new(),
        after: None,
    };
    match &address.location {
        Location::File(file) if !file.exists() => {}
        Location::File(_) => {
            let name = format!("{}.backup", address.database.file_name());
            let copy = folder.join(&name);
            let partial = files::beside(&copy, ".", ".partial");
            let _ = fs::remove_file(&partial);
            sqlite::copy_online(address, &partial).await?;
            let connection = sqlite::open_sealed(&partial).await?;
            let complaints = sqlite::complaints(&connection).await?;
            kept.before = digest::digests(&connection, address.database).await?;
            connection.close().await?;
            if let Some(complaint) = complaints.first() {
                return Err(Error::damaged(address, complaint.clone()));
            }
            files::sync(&partial)?;
            kept.sha256 = Some(files::sha256(&partial)?);
            files::rename(&partial, &copy)?;
            kept.copy = Some(name);
        }
        _ if tables(address).await?.is_empty() => {}
        _ => {
            let made = backup::create(std::slice::from_ref(address), folder, tools, now).await?;
            if let Some(made) = made.into_iter().next() {
                kept.before = made.manifest.tables;
                let name = made.folder.file_name().unwrap_or_default();
                kept.copy = Some(name.to_string_lossy().into_owned());
            }
        }
    }
    Ok(kept)
}
