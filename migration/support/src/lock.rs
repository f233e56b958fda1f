//! One migrator at a time.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use almanac_database::{Address, Location, Mode, connect};
use sea_orm_migration::{
    prelude::{ConnectionTrait, DbErr},
    sea_orm::{DatabaseConnection, DbBackend, Statement},
};

/// The right to change a database's schema, until it is dropped or its process ends, however it ends.
#[derive(Debug)]
pub struct Lock {
    file: Option<(File, PathBuf)>,
    session: Option<DatabaseConnection>,
}

impl Lock {
    /// Waits until nobody else changes the schema of the database at `address`.
    ///
    /// On PostgreSQL this is an advisory lock of a session of its own. On SQLite it is a lock of the file
    /// `<database>.migrating` beside the database's, which is there only while somebody migrates: SQLite's own
    /// lock would be given back between two revisions, and closing a second handle of the database's file would
    /// break it.
    ///
    /// # Errors
    /// The file cannot be made, or the server refuses.
    pub async fn take(address: &Address) -> Result<Self, DbErr> {
        match &address.location {
            Location::Memory => Ok(Self { file: None, session: None }),
            Location::File(path) => {
                let mut name = path.as_os_str().to_owned();
                name.push(".migrating");
                let path = PathBuf::from(name);
                let shown = path.display().to_string();
                let taken = tokio::task::spawn_blocking(|| take_file(path)).await;
                let taken = taken.map_err(io::Error::other).and_then(|taken| taken);
                let file = taken.map_err(|error| {
                    DbErr::Custom(format!("{shown} cannot be made or locked: {error}"))
                })?;
                Ok(Self { file: Some(file), session: None })
            }
            Location::Postgres(_) => {
                let failed = |error| DbErr::Custom(format!("{error}"));
                let session = connect(address, Mode::Watch).await.map_err(failed)?;
                let key = format!("almanac migrate {}", address.schema);
                let wait = "SELECT pg_advisory_lock(hashtextextended($1, 0))";
                let wait = Statement::from_sql_and_values(DbBackend::Postgres, wait, [key.into()]);
                session.execute_raw(wait).await?;
                Ok(Self { file: None, session: Some(session) })
            }
        }
    }

    /// Gives it back.
    ///
    /// # Errors
    /// The session does not end.
    pub async fn release(mut self) -> Result<(), DbErr> {
        match self.session.take() {
            Some(session) => session.close().await,
            None => Ok(()),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some((_, path)) = &self.file {
            // Gone before it is unlocked: whoever waits for it sees that, and makes another.
            let _ = fs::remove_file(path);
        }
    }
}

fn take_file(path: PathBuf) -> io::Result<(File, PathBuf)> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    loop {
        let file = File::options().create(true).truncate(false).write(true).open(&path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                tracing::info!("another migrator is at work; waiting for {}", path.display());
                file.lock()?;
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
        if is_still(&file, &path) {
            return Ok((file, path));
        }
    }
}

/// Whether `path` still names the open `file`.
#[cfg(unix)]
fn is_still(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), fs::metadata(path)) {
        (Ok(open), Ok(named)) => (open.dev(), open.ino()) == (named.dev(), named.ino()),
        _ => false,
    }
}

/// Elsewhere an open file cannot be removed.
#[cfg(not(unix))]
fn is_still(_file: &File, _path: &Path) -> bool {
    true
}
