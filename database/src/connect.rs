//! How a connection is opened: the one place that knows PRAGMAs, pool sizes and search paths.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use sea_orm::{
    ConnectOptions, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, FromQueryResult,
    Statement,
    sqlx::{
        self,
        sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous},
    },
};

use crate::{Address, Database, Location, Origin};

/// How long a command waits for a connection, and for another program's lock.
const USUAL_WAIT: Duration = Duration::from_secs(30);
/// How long a migrator waits for a table of PostgreSQL. All who come after it wait for it meanwhile, so it gives up soon.
const MIGRATION_LOCK: Duration = Duration::from_secs(5);
/// Instructions of SQLite's virtual machine between two looks at the clock, some tenths of a millisecond.
const INSTRUCTIONS: i32 = 10_000;
/// Connections of a pool of readers.
const READERS: u32 = 6;

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A pool that cannot write, even by mistake. Creates no file.
    Read,
    /// One connection that only reads, for as long as it is kept: what it is told of changes by others
    /// counts from its own beginning. Creates no file.
    Watch,
    /// Writes: one connection on SQLite, a pool on PostgreSQL. Creates no file.
    Write,
    /// Changes the schema: one connection; creates file, folder and schema. On SQLite foreign keys
    /// are not enforced, because a table cannot be rebuilt under enforcement without losing the rows
    /// that refer to it, and the setting cannot be changed inside a revision's transaction.
    Migrate,
}

/// How long to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For a free connection of the pool.
    pub connection: Duration,
    /// For a lock that somebody else holds.
    pub lock: Duration,
    /// For a statement; none is as long as it takes. On SQLite a transaction may take twice as long as a whole.
    pub statement: Option<Duration>,
}

impl Default for Patience {
    /// That of a command: half a minute for others, and for its own statements as long as they take.
    fn default() -> Self {
        Self { connection: USUAL_WAIT, lock: USUAL_WAIT, statement: None }
    }
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
    connect_with(address, mode, &Patience::default()).await
}

/// Opens the database at `address`, to wait no longer than `patience` has it.
///
/// # Errors
/// As [`connect`].
pub async fn connect_with(
    address: &Address,
    mode: Mode,
    patience: &Patience,
) -> Result<DatabaseConnection, OpenError> {
    let refused = |source| OpenError::Refused { address: Box::new(address.clone()), source };
    let options = match &address.location {
        Location::File(path) => {
            prepare_file(address, path, mode)?;
            sqlite(SqliteConnectOptions::new().filename(path), Some(path), mode, patience)
        }
        Location::Memory => {
            sqlite(SqliteConnectOptions::new().in_memory(true), None, mode, patience)
        }
        Location::Postgres(url) => postgres(url.as_str(), &address.schema, mode, patience),
    };
    let connection = sea_orm::Database::connect(options).await.map_err(refused)?;
    if mode == Mode::Migrate && connection.get_database_backend() == DbBackend::Postgres {
        let create = format!("CREATE SCHEMA IF NOT EXISTS {}", quoted(&address.schema));
        connection.execute_unprepared(&create).await.map_err(refused)?;
    }
    tracing::debug!(database = %address.database, ?mode, "opened");
    Ok(connection)
}

/// Opens an SQLite file that is none of the databases, such as a survey's catalogue: for reading a pool
/// that cannot write and creates no file; otherwise one connection that creates the file.
///
/// # Errors
/// The file cannot be opened or made.
pub async fn connect_file(path: &Path, mode: Mode) -> Result<DatabaseConnection, DbErr> {
    let options = SqliteConnectOptions::new().filename(path);
    sea_orm::Database::connect(sqlite(options, Some(path), mode, &Patience::default())).await
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

fn sqlite(
    base: SqliteConnectOptions,
    file: Option<&Path>,
    mode: Mode,
    patience: &Patience,
) -> ConnectOptions {
    let opts = base
        .busy_timeout(patience.lock)
        .foreign_keys(mode != Mode::Migrate)
        .synchronous(SqliteSynchronous::Normal)
        .pragma("cache_size", "-65536")
        .pragma("mmap_size", "268435456")
        .statement_cache_capacity(256);
    let opts = match (mode, file) {
        (Mode::Read | Mode::Watch, Some(path)) => {
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
        // Who waits for the one connection that writes waits for a lock.
        .acquire_timeout(if mode == Mode::Read { patience.connection } else { patience.lock })
        .sqlx_logging(false);
    if let Some(limit) = patience.statement {
        // A reader is acquired for each statement, the writer for a transaction.
        let limit = if mode == Mode::Read { limit } else { 2 * limit };
        options.map_sqlx_sqlite_pool_opts(move |pool| {
            pool.test_before_acquire(false)
                .after_connect(move |connection, _| Box::pin(stop_after(connection, limit)))
                .before_acquire(move |connection, _| {
                    Box::pin(async move { stop_after(connection, limit).await.map(|()| true) })
                })
        });
    }
    if file.is_none() || mode == Mode::Watch {
        // The last connection to close takes a database in memory with it.
        options.min_connections(1).idle_timeout(None).max_lifetime(None);
    }
    options
}

/// Has what runs from now on end when so much time has passed.
async fn stop_after(connection: &mut SqliteConnection, limit: Duration) -> Result<(), sqlx::Error> {
    let end = Instant::now() + limit;
    connection
        .lock_handle()
        .await?
        .set_progress_handler(INSTRUCTIONS, move || Instant::now() < end);
    Ok(())
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

fn postgres(url: &str, schema: &str, mode: Mode, patience: &Patience) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .set_schema_search_path(quoted(schema))
        .set_application_name("almanac")
        .max_connections(if matches!(mode, Mode::Migrate | Mode::Watch) { 1 } else { READERS })
        .acquire_timeout(patience.connection)
        .sqlx_logging(false);
    if mode == Mode::Watch {
        options.idle_timeout(None).max_lifetime(None);
    }
    let mut session = Vec::new();
    if matches!(mode, Mode::Read | Mode::Watch) {
        session.push(("default_transaction_read_only", "on".to_owned()));
    }
    if let Some(limit) = patience.statement {
        session.push(("statement_timeout", limit.as_millis().to_string()));
        session.push(("lock_timeout", patience.lock.as_millis().to_string()));
    } else if mode == Mode::Migrate {
        session.push(("lock_timeout", MIGRATION_LOCK.as_millis().to_string()));
    }
    options.map_sqlx_postgres_opts(move |opts| opts.options(session.clone()));
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
