//! Putting databases back as a snapshot has them.

use std::path::Path;

use almanac_database::{Address, Location, Mode};
use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;

use super::{Kept, Snapshot};
use crate::{
    Error, Result,
    backup::{self, Tools},
    digest::{self, TableDigest, differences},
    names::quoted,
};

/// What became of a database since its snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// It is as it was; nothing has to be put back.
    Nothing,
    /// It is what the work has made of it.
    TheWork,
    /// Somebody has written to it, or the work did not come to its end.
    NewerWrites,
}

/// What became of a database since the snapshot in `folder`.
///
/// # Errors
/// The snapshot does not hold that database, or it cannot be read.
pub async fn since(folder: &Path, address: &Address) -> Result<Since> {
    let snapshot = Snapshot::read(folder)?;
    let kept = of(&snapshot, address)?;
    let now = tables(address).await?;
    let is = |tables: &[TableDigest]| differences(tables, &now).is_empty();
    Ok(match &kept.after {
        _ if is(&kept.before) => Since::Nothing,
        Some(after) if is(after) => Since::TheWork,
        _ => Since::NewerWrites,
    })
}

/// Puts a database back as the snapshot in `folder` has it, whatever it holds now. What was there is kept under
/// the name that is returned. Killed at any moment, it leaves either, and can be run again.
///
/// # Errors
/// The snapshot does not hold that database or is damaged, or somebody has the database open.
pub async fn put_back(
    folder: &Path,
    address: &Address,
    tools: &Tools,
    now: DateTime<Utc>,
) -> Result<Option<String>> {
    let snapshot = Snapshot::read(folder)?;
    let kept = of(&snapshot, address)?;
    match (&address.location, &kept.copy) {
        (Location::File(file), None) => backup::take_away(file, now).await,
        (Location::File(file), Some(copy)) => {
            let sha256 = kept.sha256.as_deref().unwrap_or_default();
            backup::over_file((&folder.join(copy), sha256), file, true, now).await
        }
        (_, Some(copy)) => {
            Ok(backup::restore(&folder.join(copy), address, true, tools, now).await?.kept)
        }
        (_, None) => {
            let name = backup::kept_schema(&address.schema, now);
            let connection = almanac_database::connect(address, Mode::Write).await?;
            let rename =
                format!("ALTER SCHEMA {} RENAME TO {}", quoted(&address.schema), quoted(&name));
            let renamed = connection.execute_unprepared(&rename).await;
            connection.close().await?;
            renamed?;
            Ok(Some(name))
        }
    }
}

/// What the snapshot has of a database.
fn of<'s>(snapshot: &'s Snapshot, address: &Address) -> Result<&'s Kept> {
    let place = address.location.to_string();
    let kept = snapshot.of(address.database).filter(|kept| kept.place == place);
    kept.ok_or_else(|| {
        let holds: Vec<&str> = snapshot.databases.iter().map(|kept| &*kept.place).collect();
        let reason = format!("it is of {}, not of {place}", holds.join(" and "));
        Error::refused("backup_dir", reason)
    })
}

/// What the tables of a database are; none where there is no database.
pub(super) async fn tables(address: &Address) -> Result<Vec<TableDigest>> {
    match address.location.file() {
        Some(file) if !file.exists() => Ok(Vec::new()),
        _ => digest::digests_at(address).await,
    }
}
