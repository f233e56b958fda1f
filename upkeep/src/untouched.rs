//! Reading a database without a trace.

use std::{fs, io::Read, path::Path};

use almanac_database::{Address, Mode};
use sea_orm::DatabaseConnection;
use tempfile::TempDir;

use crate::{Error, Result, files, sqlite};

/// A database that is only looked at: nothing in it or beside it changes, not even the index of a log.
#[derive(Debug)]
pub struct Untouched {
    connection: DatabaseConnection,
    /// What is looked at in its stead.
    _copy: Option<TempDir>,
}

impl Untouched {
    /// Opens the database at `address`, whoever made it and whoever writes to it.
    ///
    /// # Errors
    /// It is not there or cannot be read.
    pub async fn open(address: &Address) -> Result<Self> {
        let Some(file) = address.location.file().filter(|file| file.is_file()) else {
            let connection = almanac_database::connect(address, Mode::Read).await?;
            return Ok(Self { connection, _copy: None });
        };
        if !sqlite::is_database(file) && fs::metadata(file).is_ok_and(|facts| facts.len() > 0) {
            return Err(Error::damaged(file.display(), "it is no SQLite database"));
        }
        let beside = |ending| files::beside(file, "", ending).exists();
        if !logs_ahead(file)? || (beside("-wal") && beside("-shm")) {
            // One that has no such log, or somebody's who has made all there is to make.
            let connection = almanac_database::connect(address, Mode::Watch).await?;
            return Ok(Self { connection, _copy: None });
        }
        if !beside("-wal") {
            return Ok(Self { connection: sqlite::open_sealed(file).await?, _copy: None });
        }
        // The log of a program that died: to read it is to write an index of it.
        let folder = TempDir::new().map_err(Error::file("make a folder for", file))?;
        let copy = folder.path().join(file.file_name().unwrap_or_default());
        files::copy(file, &copy)?;
        files::copy(&files::beside(file, "", "-wal"), &files::beside(&copy, "", "-wal"))?;
        let mut copied = address.clone();
        copied.location = almanac_database::Location::File(copy);
        let connection = almanac_database::connect(&copied, Mode::Watch).await?;
        Ok(Self { connection, _copy: Some(folder) })
    }

    /// The connection, which cannot write.
    pub fn connection(&self) -> &DatabaseConnection {
        &self.connection
    }

    /// Ends it.
    ///
    /// # Errors
    /// The connection does not close.
    pub async fn close(self) -> Result<()> {
        Ok(self.connection.close().await?)
    }
}

/// Whether a file is written by way of a log ahead of it, by its header.
fn logs_ahead(file: &Path) -> Result<bool> {
    const VERSIONS: std::ops::Range<usize> = 18..20;
    let mut header = [0; VERSIONS.end];
    let read = fs::File::open(file).map_err(Error::file("open", file))?.read_exact(&mut header);
    Ok(read.is_ok() && header[VERSIONS] == [2, 2])
}
