//! How a connection is opened: the one place that knows PRAGMAs, pool sizes and search paths.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use sea_orm::{
    ConnectOptions, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, FromQueryResult,
    Statement,
    sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use crate::{Address, Database, Location, Origin};

/// How long a connection waits for another program's lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);
/// Connections of a pool of readers.
const READERS: u32 = 6;

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A pool that cannot write, even by mistake. Creates no file.
    Read,
    /// Writes: one connection on SQLite, a pool on PostgreSQL. Creates no file.
    Write,
    /// Changes the schema: one connection; creates file, folder and schema. On SQLite foreign keys
    /// are not enforced, because a table cannot be rebuilt under enforcement without losing the rows
    /// that refer to it, and the setting cannot be changed inside a revision's transaction.
    Migrate,
}

/// Why a database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The SQLite file does not exist.
    #[error(
        "{database}: there is no file {path} (from {origin}); `almanac migrate upgrade --database {database}` creates it",
        path = path.display()
    )]
    Missing {
        /// The database.
        database: Database,
        /// Where its file should be.
        path: PathBuf,
        /// Who said so.
        origin: Origin,
    },
    /// The folder of a new SQLite file could not be made.
    #[error("{database}: cannot create the folder {path}: {source}", path = path.display())]
    Folder {
        /// The database.
        database: Database,
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The engine refused.
    #[error("{address}: {source}")]
    Refused {
        /// The address.
        address: Box<Address>,
        /// What the engine said.
        source: DbErr,
    },
}

/// Opens the database at `address`.
///
/// # Errors
/// The file is missing (unless `mode` is [`Mode::Migrate`]), or the engine refuses.
pub async fn connect(address: &Address, mode: Mode) -> Result<DatabaseConnection, OpenError> {
    let refused = |source| OpenError::Refused { address: Box::new(address.clone()), source };
    let options = match &address.location {
        Location::File(path) => {
            prepare_file(address, path, mode)?;
            sqlite(SqliteConnectOptions::new().filename(path), Some(path), mode)
        }
        Location::Memory => sqlite(SqliteConnectOptions::new().in_memory(true), None, mode),
        Location::Postgres(url) => postgres(url.as_str(), &address.schema, mode),
    };
    let connection = sea_orm::Database::connect(options).await.map_err(refused)?;
    if mode == Mode::Migrate && connection.get_database_backend() == DbBackend::Postgres {
        let create = format!("CREATE SCHEMA IF NOT EXISTS {}", quoted(&address.schema));
        connection.execute_unprepared(&create).await.map_err(refused)?;
    }
    tracing::debug!(database = %address.database, ?mode, "opened");
    Ok(connection)
}

fn prepare_file(address: &Address, path: &Path, mode: Mode) -> Result<(), OpenError> {
    if mode != Mode::Migrate {
        return if path.is_file() {
            Ok(())
        } else {
            Err(OpenError::Missing {
                database: address.database,
                path: path.to_owned(),
                origin: address.origin.clone(),
            })
        };
    }
    let folder = path.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(folder).map_err(|source| OpenError::Folder {
        database: address.database,
        path: folder.to_owned(),
        source,
    })
}

fn sqlite(base: SqliteConnectOptions, file: Option<&Path>, mode: Mode) -> ConnectOptions {
    let opts = base
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(mode != Mode::Migrate)
        .synchronous(SqliteSynchronous::Normal)
        .pragma("cache_size", "-65536")
        .pragma("mmap_size", "268435456")
        .statement_cache_capacity(256);
    let opts = match (mode, file) {
        (Mode::Read, Some(path)) => {
            opts.read_only(true).pragma("query_only", "ON").immutable(is_immutable(path))
        }
        (Mode::Migrate, Some(_)) => {
            opts.create_if_missing(true).journal_mode(SqliteJournalMode::Wal)
        }
        (Mode::Write, Some(_)) => opts.journal_mode(SqliteJournalMode::Wal),
        (_, None) => opts,
    };
    // The address is in `opts`; the URL here only chooses the driver.
    let mut options = ConnectOptions::new("sqlite://almanac");
    let connections = if mode == Mode::Read && file.is_some() { READERS } else { 1 };
    options
        .map_sqlx_sqlite_opts(move |_| opts.clone())
        .max_connections(connections)
        .acquire_timeout(BUSY_TIMEOUT)
        .sqlx_logging(false);
    if file.is_none() {
        // The last connection to close takes a database in memory with it.
        options.min_connections(1).idle_timeout(None).max_lifetime(None);
    }
    options
}

/// Whether a file can only be read as one that never changes: nothing beside it can be written, so
/// the index of a write-ahead log cannot be made, and there is no log whose rows would be missed.
fn is_immutable(path: &Path) -> bool {
    let sealed = path
        .parent()
        .and_then(|folder| fs::metadata(folder).ok())
        .is_some_and(|folder| folder.permissions().readonly());
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    sealed && !Path::new(&log).exists()
}

fn postgres(url: &str, schema: &str, mode: Mode) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .set_schema_search_path(quoted(schema))
        .set_application_name("almanac")
        .max_connections(if mode == Mode::Migrate { 1 } else { READERS })
        .acquire_timeout(BUSY_TIMEOUT)
        .sqlx_logging(false);
    if mode == Mode::Read {
        options
            .map_sqlx_postgres_opts(|opts| opts.options([("default_transaction_read_only", "on")]));
    }
    options
}

fn quoted(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}

#[derive(FromQueryResult)]
struct TableName {
    name: String,
}

/// The tables of an SQLite file, read without changing one byte of it; none where there is no file.
///
/// # Errors
/// The file is not an SQLite database, or cannot be read.
pub async fn sqlite_file_tables(address: &Address) -> Result<Vec<String>, OpenError> {
    if !address.location.file().is_some_and(Path::is_file) {
        return Ok(Vec::new());
    }
    let refused = |source| OpenError::Refused { address: Box::new(address.clone()), source };
    let connection = connect(address, Mode::Read).await?;
    let tables = TableName::find_by_statement(Statement::from_string(
        DbBackend::Sqlite,
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
    ))
    .all(&connection)
    .await
    .map_err(refused)?;
    connection.close().await.map_err(refused)?;
    Ok(tables.into_iter().map(|table| table.name).collect())
}
