//! How a file that something else made is opened: to look without leaving a trace, and to write.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
    time::Duration,
};

use migration_schema::literal;
use sea_orm::{
    ConnectOptions, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr,
    SqliteTransactionMode, TransactionOptions, TransactionTrait,
    sqlx::sqlite::SqliteConnectOptions,
};
use tempfile::TempDir;

use crate::{Error, Result, sql::execute};

/// A file that is only looked at.
pub(crate) struct Look {
    /// The connection that reads.
    pub(crate) connection: DatabaseConnection,
    _copy: Option<TempDir>,
}

impl Look {
    /// Opens a file so that nothing is written in it or beside it, whoever has it open.
    ///
    /// What a crash left in a log or a journal can only be read by who may put it into the file: then a copy is looked
    /// at.
    pub(crate) async fn at(path: &Path) -> Result<Self> {
        let there = |suffix: &str| beside(path, suffix).exists();
        if !there("-wal") || there("-shm") {
            // A reader in WAL mode would make a log where there is none.
            let immutable = !there("-wal") && is_in_wal_mode(path)?;
            let options = SqliteConnectOptions::new().filename(path).read_only(true);
            let connection =
                open(path, options.immutable(immutable).pragma("query_only", "ON")).await?;
            match connection.execute_unprepared("SELECT COUNT(*) FROM sqlite_schema").await {
                Ok(_) => return Ok(Self { connection, _copy: None }),
                Err(error) => {
                    connection.close().await?;
                    if !there("-journal") {
                        return Err(unreadable(path, &error));
                    }
                }
            }
        }
        let folder =
            TempDir::new().map_err(Error::file("create", Path::new("a temporary folder")))?;
        let copy = folder.path().join("copy.sqlite3");
        for suffix in ["", "-wal", "-journal"].into_iter().filter(|suffix| there(suffix)) {
            let from = beside(path, suffix);
            fs::copy(&from, beside(&copy, suffix)).map_err(Error::file("copy", &from))?;
        }
        let connection = open(path, SqliteConnectOptions::new().filename(&copy)).await?;
        Ok(Self { connection, _copy: Some(folder) })
    }

    /// Writes all that it holds to a new file.
    pub(crate) async fn copy_to(&self, path: &Path) -> Result<()> {
        // The file itself is open for reading only; this would forbid writing the copy as well.
        execute(&self.connection, "PRAGMA query_only = OFF").await?;
        let into = format!("VACUUM INTO {}", literal(&path.to_string_lossy()));
        execute(&self.connection, &into).await.map(|_| ())
    }

    /// Lets go of it.
    pub(crate) async fn close(self) -> Result<()> {
        Ok(self.connection.close().await?)
    }
}

/// A file that is changed: one connection that does not enforce foreign keys, and its transaction.
pub(crate) struct Writer {
    connection: DatabaseConnection,
}

impl Writer {
    /// Opens a file. Its journal mode stays.
    pub(crate) async fn open(path: &Path, wait: Duration) -> Result<Self> {
        let options = SqliteConnectOptions::new().filename(path).busy_timeout(wait);
        Ok(Self { connection: open(path, options.foreign_keys(false)).await? })
    }

    /// The write lock, as soon as nobody else has it.
    pub(crate) async fn begin(&self, path: &Path) -> Result<DatabaseTransaction> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        self.connection.begin_with_options(options).await.map_err(|error| {
            if !error.to_string().contains("locked") {
                return unreadable(path, &error);
            }
            let mut holders = almanac_upkeep::holders(path);
            holders.retain(|holder| holder.process != std::process::id());
            let holders: Vec<String> = holders.iter().map(ToString::to_string).collect();
            let holders =
                if holders.is_empty() { "another program".to_owned() } else { holders.join(", ") };
            Error::Busy { file: path.to_owned(), holders }
        })
    }

    /// Lets go of it.
    pub(crate) async fn close(self) -> Result<()> {
        Ok(self.connection.close().await?)
    }
}

async fn open(path: &Path, options: SqliteConnectOptions) -> Result<DatabaseConnection> {
    let mut connection = ConnectOptions::new("sqlite://almanac");
    connection
        .map_sqlx_sqlite_opts(move |_| options.clone())
        .max_connections(1)
        .min_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .sqlx_logging(false);
    sea_orm::Database::connect(connection).await.map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &DbErr) -> Error {
    Error::refused(path.display(), format!("it cannot be read: {error}"))
}

/// The file's name with something behind it.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Whether a file says that it is used with a write-ahead log.
fn is_in_wal_mode(path: &Path) -> Result<bool> {
    let mut header = [0; 20];
    let mut file = fs::File::open(path).map_err(Error::file("open", path))?;
    match file.read_exact(&mut header) {
        Ok(()) => Ok(header[18] == 2),
        // Shorter than a header, it holds nothing.
        Err(_) => Ok(false),
    }
}
