//! Sessions: a reader and a writer for each database, opened when they are first asked for.

mod slot;
mod transaction;

use std::{
    fmt,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

use almanac_database::{
    Address, AddressError, Database, Environment, Location, Mode, Origin, Patience, Places,
    connect_with,
};
use sea_orm::{
    DatabaseConnection, DbBackend, SqliteTransactionMode, TransactionOptions, TransactionTrait,
    metric,
};
use slot::Slot;
pub use transaction::{Transaction, Writable};

use crate::{DataRoots, Error, Result, astrid::Withheld, catalogues::CatalogueFiles};

/// The sessions of one process. Cloning is cheap and shares them.
#[derive(Clone)]
pub struct Sessions(Arc<Inner>);

struct Inner {
    addresses: Vec<Address>,
    patience: Patience,
    readers: [Slot<Reader>; Database::ALL.len()],
    writers: [Slot<Writer>; Database::ALL.len()],
    statements: Arc<Statements>,
    catalogue_files: CatalogueFiles,
    withheld: OnceLock<Withheld>,
    all_phases: OnceLock<u8>,
    unrecorded: OnceLock<()>,
}

/// How a pool of connections is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// The database.
    pub database: Database,
    /// Whether it writes.
    pub writes: bool,
    /// Connections that are open.
    pub open: u32,
    /// Those of them that nobody uses.
    pub idle: u32,
}

/// What is known of the statements that ran.
#[derive(Default)]
struct Statements {
    count: AtomicU64,
    observer: OnceLock<Observer>,
}

type Observer = Box<dyn Fn(Database, &metric::Info<'_>) + Send + Sync>;

impl Sessions {
    /// Sessions for the databases at `addresses`. Nothing is opened yet.
    pub fn new(addresses: Vec<Address>) -> Self {
        Self::with_places(addresses, None)
    }

    /// Sessions for the databases at `addresses`, with the files of `places` beside them.
    pub fn with_places(addresses: Vec<Address>, places: impl Into<Option<Places>>) -> Self {
        Self::with_patience(addresses, places, Patience::default())
    }

    /// The same, waiting for connections, locks and statements no longer than `patience` has it.
    pub fn with_patience(
        addresses: Vec<Address>,
        places: impl Into<Option<Places>>,
        patience: Patience,
    ) -> Self {
        Self(Arc::new(Inner {
            addresses,
            patience,
            readers: std::array::from_fn(|_| Slot::default()),
            writers: std::array::from_fn(|_| Slot::default()),
            statements: Arc::default(),
            catalogue_files: CatalogueFiles::new(places.into()),
            withheld: OnceLock::new(),
            all_phases: OnceLock::new(),
            unrecorded: OnceLock::new(),
        }))
    }

    /// Sessions for the databases where `environment` says they are.
    ///
    /// # Errors
    /// Variables contradict each other, or hold no address.
    pub fn from_environment(environment: &Environment) -> std::result::Result<Self, AddressError> {
        Ok(Self::with_places(environment.addresses()?, environment.places()))
    }

    /// Empty databases in memory, for tests: one connection each, which the reader and the writer share
    /// and which lives until [`reset`](Self::reset).
    pub fn in_memory() -> Self {
        let origin = Origin::Argument("in memory");
        Self::new(
            Database::ALL
                .map(|database| Address::new(database, Location::Memory, origin.clone()))
                .to_vec(),
        )
    }

    /// Where the databases are.
    pub fn addresses(&self) -> &[Address] {
        &self.0.addresses
    }

    /// Where the files are that stand beside the databases.
    ///
    /// # Errors
    /// These sessions were not told.
    pub fn places(&self) -> Result<&Places> {
        self.catalogue_files().places()
    }

    /// The folders of data that clients may have looked through; none where these sessions were not told.
    pub fn data_roots(&self) -> DataRoots {
        DataRoots::new(self.places().map(Places::data_roots).unwrap_or_default())
    }

    /// Tables that are not served, once that is known.
    pub(crate) fn withheld(&self) -> &OnceLock<Withheld> {
        &self.0.withheld
    }

    /// The number of AstrID's phases, once its database is known to have them all.
    pub(crate) fn all_phases(&self) -> &OnceLock<u8> {
        &self.0.all_phases
    }

    /// Set once somebody was told that AstrID's changes are not recorded.
    pub(crate) fn unrecorded(&self) -> &OnceLock<()> {
        &self.0.unrecorded
    }

    pub(crate) fn catalogue_files(&self) -> &CatalogueFiles {
        &self.0.catalogue_files
    }

    /// How many SQL statements these sessions have run.
    pub fn statements(&self) -> u64 {
        self.0.statements.count.load(Ordering::Relaxed)
    }

    /// Shows every statement to `observer` when it has run, with its time and its values, which must not
    /// be logged. The first observer stays.
    pub fn observe(&self, observer: impl Fn(&metric::Info<'_>) + Send + Sync + 'static) {
        self.observe_each(move |_, info| observer(info));
    }

    /// As [`observe`](Self::observe), with the database that the statement ran in.
    pub fn observe_each(
        &self,
        observer: impl Fn(Database, &metric::Info<'_>) + Send + Sync + 'static,
    ) {
        let _ = self.0.statements.observer.set(Box::new(observer));
    }

    /// How the pools that are open are used.
    pub fn pools(&self) -> Vec<Pool> {
        let mut pools = Vec::new();
        for database in Database::ALL {
            if let Ok(slot) = self.0.readers[database as usize].session.try_read() {
                pools.extend(slot.as_ref().and_then(|reader| pool(database, false, &reader.0)));
            }
            if let Ok(slot) = self.0.writers[database as usize].session.try_read() {
                pools.extend(slot.as_ref().and_then(|writer| pool(database, true, &writer.0)));
            }
        }
        pools
    }

    /// A session that can only read. The first call opens the pool; it creates no file.
    ///
    /// # Errors
    /// The database is not there or cannot be opened.
    pub async fn reader(&self, database: Database) -> Result<Reader> {
        if self.is_in_memory(database) {
            return Ok(Reader(self.writer(database).await?.0));
        }
        let open = async { Ok(Reader(self.open(database, Mode::Read).await?)) };
        self.0.readers[database as usize].get(Box::pin(open)).await
    }

    /// The session that writes: on SQLite the one connection that this process writes through.
    ///
    /// # Errors
    /// The database is not there or cannot be opened.
    pub async fn writer(&self, database: Database) -> Result<Writer> {
        let open = async { Ok(Writer(self.open(database, Mode::Write).await?)) };
        self.0.writers[database as usize].get(Box::pin(open)).await
    }

    /// Begins a transaction that writes: on SQLite with the write lock at once, so that waiting for
    /// another program's lock happens here and not half-way. Dropped without a commit, it is undone.
    ///
    /// # Errors
    /// The database is not there, or stays locked for longer than the busy timeout.
    pub async fn begin(&self, database: Database) -> Result<Transaction> {
        self.writer(database).await?.begin().await
    }

    /// Closes every session and forgets it, as after a file was replaced.
    pub async fn reset(&self) {
        self.catalogue_files().reset().await;
        for slot in &self.0.readers {
            if let Some(Reader(connection)) = slot.take().await {
                close(connection).await;
            }
        }
        for slot in &self.0.writers {
            if let Some(Writer(connection)) = slot.take().await {
                close(connection).await;
            }
        }
    }

    fn address(&self, database: Database) -> Result<&Address> {
        let mut addresses = self.0.addresses.iter();
        addresses
            .find(|address| address.database == database)
            .ok_or_else(|| Error::not_found(format!("address for {database} in these sessions")))
    }

    fn is_in_memory(&self, database: Database) -> bool {
        self.address(database).is_ok_and(|address| address.location == Location::Memory)
    }

    async fn open(&self, database: Database, mode: Mode) -> Result<DatabaseConnection> {
        let mut connection = connect_with(self.address(database)?, mode, &self.0.patience).await?;
        let statements = self.0.statements.clone();
        connection.set_metric_callback(move |statement| {
            statements.count.fetch_add(1, Ordering::Relaxed);
            if let Some(observer) = statements.observer.get() {
                observer(database, statement);
            }
        });
        Ok(connection)
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sessions").field(&self.0.addresses).finish()
    }
}

fn pool(database: Database, writes: bool, connection: &DatabaseConnection) -> Option<Pool> {
    let (open, idle) = match connection.get_database_backend() {
        DbBackend::Sqlite => {
            let pool = connection.get_sqlite_connection_pool();
            (pool.size(), pool.num_idle())
        }
        DbBackend::Postgres => {
            let pool = connection.get_postgres_connection_pool();
            (pool.size(), pool.num_idle())
        }
        _ => return None,
    };
    Some(Pool { database, writes, open, idle: u32::try_from(idle).unwrap_or(u32::MAX) })
}

async fn close(connection: DatabaseConnection) {
    if let Err(error) = connection.close().await {
        tracing::warn!(%error, "a session did not close cleanly");
    }
}

/// A session that can only read.
#[derive(Clone, Debug)]
pub struct Reader(DatabaseConnection);

/// A session that reads and writes.
#[derive(Clone, Debug)]
pub struct Writer(DatabaseConnection);

impl Writer {
    /// Begins a transaction; see [`Sessions::begin`].
    ///
    /// # Errors
    /// The database stays locked for longer than the busy timeout.
    pub async fn begin(&self) -> Result<Transaction> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(Transaction::new(self.0.begin_with_options(options).await?))
    }

    /// The connection itself, for what no repository does: migrating a database in memory, raw SQL.
    pub fn connection(&self) -> &DatabaseConnection {
        &self.0
    }
}
