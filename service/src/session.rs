//! Sessions: a reader and a writer for each database, opened when they are first asked for.

use std::{
    fmt,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

use almanac_database::{
    Address, AddressError, Database, Environment, Location, Mode, Origin, connect,
};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult,
    QueryResult, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait, metric,
};
use tokio::sync::{Mutex, RwLock};

use crate::{Error, Result, record::Record};

/// The sessions of one process. Cloning is cheap and shares them.
#[derive(Clone)]
pub struct Sessions(Arc<Inner>);

struct Inner {
    addresses: Vec<Address>,
    readers: [RwLock<Option<Reader>>; Database::ALL.len()],
    writers: [RwLock<Option<Writer>>; Database::ALL.len()],
    /// Held while a database is opened, so that it is opened once.
    opening: Mutex<()>,
    statements: Arc<Statements>,
}

/// What is known of the statements that ran.
#[derive(Default)]
struct Statements {
    count: AtomicU64,
    observer: OnceLock<Observer>,
}

type Observer = Box<dyn Fn(&metric::Info<'_>) + Send + Sync>;

impl Sessions {
    /// Sessions for the databases at `addresses`. Nothing is opened yet.
    pub fn new(addresses: Vec<Address>) -> Self {
        Self(Arc::new(Inner {
            addresses,
            readers: std::array::from_fn(|_| RwLock::default()),
            writers: std::array::from_fn(|_| RwLock::default()),
            opening: Mutex::default(),
            statements: Arc::default(),
        }))
    }

    /// Sessions for the databases where `environment` says they are.
    ///
    /// # Errors
    /// Variables contradict each other, or hold no address.
    pub fn from_environment(environment: &Environment) -> std::result::Result<Self, AddressError> {
        Ok(Self::new(environment.addresses()?))
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

    /// How many SQL statements these sessions have run.
    pub fn statements(&self) -> u64 {
        self.0.statements.count.load(Ordering::Relaxed)
    }

    /// Shows every statement to `observer` when it has run, with its time and its values, which must not
    /// be logged. The first observer stays.
    pub fn observe(&self, observer: impl Fn(&metric::Info<'_>) + Send + Sync + 'static) {
        let _ = self.0.statements.observer.set(Box::new(observer));
    }

    /// A session that can only read. The first call opens the pool; it creates no file.
    ///
    /// # Errors
    /// The database is not there or cannot be opened.
    pub async fn reader(&self, database: Database) -> Result<Reader> {
        if self.is_in_memory(database) {
            return Ok(Reader(self.writer(database).await?.0));
        }
        let slot = &self.0.readers[database as usize];
        if let Some(reader) = &*slot.read().await {
            return Ok(reader.clone());
        }
        let _opening = self.0.opening.lock().await;
        let mut slot = slot.write().await;
        if let Some(reader) = &*slot {
            return Ok(reader.clone());
        }
        Ok(slot.insert(Reader(self.open(database, Mode::Read).await?)).clone())
    }

    /// The session that writes: on SQLite the one connection that this process writes through.
    ///
    /// # Errors
    /// The database is not there or cannot be opened.
    pub async fn writer(&self, database: Database) -> Result<Writer> {
        let slot = &self.0.writers[database as usize];
        if let Some(writer) = &*slot.read().await {
            return Ok(writer.clone());
        }
        let _opening = self.0.opening.lock().await;
        let mut slot = slot.write().await;
        if let Some(writer) = &*slot {
            return Ok(writer.clone());
        }
        Ok(slot.insert(Writer(self.open(database, Mode::Write).await?)).clone())
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
        let _opening = self.0.opening.lock().await;
        for slot in &self.0.readers {
            if let Some(Reader(connection)) = slot.write().await.take() {
                close(connection).await;
            }
        }
        for slot in &self.0.writers {
            if let Some(Writer(connection)) = slot.write().await.take() {
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
        let mut connection = connect(self.address(database)?, mode).await?;
        let statements = self.0.statements.clone();
        connection.set_metric_callback(move |statement| {
            statements.count.fetch_add(1, Ordering::Relaxed);
            if let Some(observer) = statements.observer.get() {
                observer(statement);
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
        #[allow(private_interfaces, reason = "nobody outside can call it")]
        fn record(&self) -> Option<&Record>;
    }

    impl Recorded for Writer {
        #[allow(private_interfaces, reason = "nobody outside can call it")]
        fn record(&self) -> Option<&Record> {
            None
        }
    }

    impl Recorded for Transaction {
        #[allow(private_interfaces, reason = "nobody outside can call it")]
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
                self.0.execute_raw(statement).await
            }

            async fn execute_unprepared(&self, sql: &str) -> std::result::Result<ExecResult, DbErr> {
                self.0.execute_unprepared(sql).await
            }

            async fn query_one_raw(
                &self,
                statement: Statement,
            ) -> std::result::Result<Option<QueryResult>, DbErr> {
                self.0.query_one_raw(statement).await
            }

            async fn query_all_raw(
                &self,
                statement: Statement,
            ) -> std::result::Result<Vec<QueryResult>, DbErr> {
                self.0.query_all_raw(statement).await
            }
        }
    )+};
}

delegate_connection!(Reader, Writer, Transaction);
