//! Sessions: a reader and a writer for each database, opened when they are first asked for.

use std::{
    fmt,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use almanac_database::{
    Address, AddressError, Database, Environment, Location, Mode, Origin, Patience, Places,
    connect_with,
};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult,
    QueryResult, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait, metric,
};
use tokio::sync::{Mutex, RwLock};

use crate::{
    Budget, DataRoots, Error, Result, astrid::Withheld, catalogues::CatalogueFiles, record::Record,
};

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
}

/// A session, once it was asked for. One database that is long in opening keeps nobody from the others.
struct Slot<S> {
    session: RwLock<Option<S>>,
    /// Held while it is opened, so that it is opened once; and when it was last found locked.
    opening: Mutex<Option<Instant>>,
}

impl<S> Default for Slot<S> {
    fn default() -> Self {
        Self { session: RwLock::new(None), opening: Mutex::new(None) }
    }
}

impl<S: Clone> Slot<S> {
    /// The session, opened by `open` if nobody has. Who waited while others found the database locked does not
    /// wait for it again.
    async fn get(&self, open: impl Future<Output = Result<S>>) -> Result<S> {
        if let Some(session) = &*self.session.read().await {
            return Ok(session.clone());
        }
        let asked = Instant::now();
        let mut locked = self.opening.lock().await;
        if let Some(session) = &*self.session.read().await {
            return Ok(session.clone());
        }
        if locked.is_some_and(|locked| locked > asked) {
            return Err(Error::Busy);
        }
        let session = open.await.inspect_err(|error| {
            if matches!(error, Error::Busy) {
                *locked = Some(Instant::now());
            }
        })?;
        Ok(self.session.write().await.insert(session).clone())
    }

    async fn take(&self) -> Option<S> {
        let _opening = self.opening.lock().await;
        self.session.write().await.take()
    }
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
        Ok(Transaction(self.0.begin_with_options(options).await?, None))
    }

    /// The connection itself, for what no repository does: migrating a database in memory, raw SQL.
    pub fn connection(&self) -> &DatabaseConnection {
        &self.0
    }
}

/// A transaction that reads and writes. Dropped without [`commit`](Self::commit), it is undone.
#[derive(Debug)]
pub struct Transaction(DatabaseTransaction, Option<Arc<Record>>);

impl Transaction {
    /// The transaction, its changes being recorded.
    pub(crate) fn recorded(self, record: Arc<Record>) -> Self {
        Self(self.0, Some(record))
    }

    /// Makes its changes last.
    ///
    /// # Errors
    /// The engine refuses; nothing has changed then.
    pub async fn commit(self) -> Result<()> {
        if self.0.get_database_backend() == DbBackend::Postgres {
            // Whoever follows the database looks at once and not at its next turn. The channel is heard
            // when the transaction is over, and not if it fails. A longer name would be refused.
            self.0
                .execute_unprepared(
                    "SELECT pg_notify(left('almanac_' || current_schema(), 63), '')",
                )
                .await?;
        }
        Ok(self.0.commit().await?)
    }

    /// Undoes its changes.
    ///
    /// # Errors
    /// The connection broke; nothing has changed then either.
    pub async fn rollback(self) -> Result<()> {
        Ok(self.0.rollback().await?)
    }
}

/// A session through which rows may be changed.
///
/// The methods of this trait are the business of [`Repository`](crate::Repository), whose verbs write down
/// what changes.
pub trait Writable: ConnectionTrait + sealed::Recorded {}

impl Writable for Writer {}
impl Writable for Transaction {}

pub(crate) mod sealed {
    use super::{Record, Transaction, Writer};

    /// A session that may know who changes rows through it.
    pub trait Recorded {
        #[doc(hidden)]
        #[expect(private_interfaces, reason = "nobody outside can call it")]
        fn record(&self) -> Option<&Record>;
    }

    impl Recorded for Writer {
        #[expect(private_interfaces, reason = "nobody outside can call it")]
        fn record(&self) -> Option<&Record> {
            None
        }
    }

    impl Recorded for Transaction {
        #[expect(private_interfaces, reason = "nobody outside can call it")]
        fn record(&self) -> Option<&Record> {
            self.1.as_deref()
        }
    }
}

macro_rules! delegate_connection {
    ($($session:ty),+) => {$(
        #[async_trait::async_trait]
        impl ConnectionTrait for $session {
            fn get_database_backend(&self) -> DbBackend {
                self.0.get_database_backend()
            }

            async fn execute_raw(&self, statement: Statement) -> std::result::Result<ExecResult, DbErr> {
                Budget::spend()?;
                self.0.execute_raw(statement).await
            }

            async fn execute_unprepared(&self, sql: &str) -> std::result::Result<ExecResult, DbErr> {
                Budget::spend()?;
                self.0.execute_unprepared(sql).await
            }

            async fn query_one_raw(
                &self,
                statement: Statement,
            ) -> std::result::Result<Option<QueryResult>, DbErr> {
                Budget::spend()?;
                self.0.query_one_raw(statement).await
            }

            async fn query_all_raw(
                &self,
                statement: Statement,
            ) -> std::result::Result<Vec<QueryResult>, DbErr> {
                Budget::spend()?;
                self.0.query_all_raw(statement).await
            }
        }
    )+};
}

delegate_connection!(Reader, Writer, Transaction);
