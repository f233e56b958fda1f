//! Notices that somebody, whoever it is, has written to a database.

use std::{
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use almanac_database::{Address, Database, Location, Mode, connect};
use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, Statement, sqlx::postgres::PgListener,
};
use tokio::{
    sync::{Notify, OnceCell},
    time::{Instant, timeout},
};

use super::Settings;
use crate::{Error, Result, Sessions};

/// How long a listener that lost its connection is left alone.
const RECOVERY: Duration = Duration::from_secs(5);

/// Something that is looked at when its database has changed.
#[async_trait]
pub(crate) trait Topic: Send + Sync {
    /// Whether anybody wants to know.
    fn is_followed(&self) -> bool;

    /// Finds what is new, if `version` is not the one that was looked at last.
    async fn look(&self, version: &str) -> Result<()>;
}

/// The watcher of one database.
pub(crate) struct Watcher {
    database: Database,
    sessions: Sessions,
    settings: Settings,
    /// One connection that stays: SQLite counts for each connection what the others have written.
    connection: OnceCell<DatabaseConnection>,
    topics: Mutex<Vec<Weak<dyn Topic>>>,
    wanted: Arc<Notify>,
}

impl Watcher {
    pub(crate) fn new(database: Database, sessions: Sessions, settings: Settings) -> Arc<Self> {
        let watcher = Arc::new(Self {
            database,
            sessions,
            settings,
            connection: OnceCell::new(),
            topics: Mutex::default(),
            wanted: Arc::default(),
        });
        tokio::spawn(run(Arc::downgrade(&watcher)));
        watcher
    }

    /// Looks at `topic` from now on, as long as it lives and is followed.
    pub(crate) fn add(&self, topic: Weak<dyn Topic>) {
        let mut topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        topics.retain(|topic| topic.strong_count() > 0);
        topics.push(topic);
    }

    /// Says that a topic is followed now, which it may not have been.
    pub(crate) fn wake(&self) {
        self.wanted.notify_one();
    }

    /// What tells one state of the database from the next: two that are equal have nothing between
    /// them. Of PostgreSQL it is the transactions that are over, of all its databases.
    pub(crate) async fn version(&self) -> Result<String> {
        let address = self.address()?;
        if address.location == Location::Memory {
            // There is one connection, and it is its own writer.
            let reader = self.sessions.reader(self.database).await?;
            return number(&reader, "SELECT total_changes()").await;
        }
        if matches!(address.location, Location::Postgres(_)) {
            let reader = self.sessions.reader(self.database).await?;
            let sql = "SELECT pg_current_snapshot()::text";
            let row =
                reader.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
            let row = row.ok_or_else(|| Error::not_found("a snapshot"))?;
            return Ok(row.try_get_by_index(0)?);
        }
        let connection = self.connection().await?;
        number(connection, "PRAGMA data_version").await
    }

    async fn connection(&self) -> Result<&DatabaseConnection> {
        let open = async { Ok::<_, Error>(connect(self.address()?, Mode::Watch).await?) };
        // Opening takes much room, and is seldom done.
        self.connection.get_or_try_init(|| Box::pin(open)).await
    }

    fn address(&self) -> Result<&Address> {
        let mut addresses = self.sessions.addresses().iter();
        addresses
            .find(|address| address.database == self.database)
            .ok_or_else(|| Error::not_found(format!("address for {}", self.database)))
    }

    fn followed(&self) -> Vec<Arc<dyn Topic>> {
        let topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        topics.iter().filter_map(Weak::upgrade).filter(|topic| topic.is_followed()).collect()
    }

    /// Looks at all topics that are followed; whether there are any.
    async fn look(&self) -> bool {
        let topics = self.followed();
        if topics.is_empty() {
            return false;
        }
        // Read first: what is written from here on gives another version.
        match self.version().await {
            Ok(version) => {
                for topic in topics {
                    if let Err(error) = topic.look(&version).await {
                        tracing::warn!(database = %self.database, %error, "changes cannot be read");
                    }
                }
            }
            Err(error) => {
                tracing::warn!(database = %self.database, %error, "a database cannot be watched");
            }
        }
        true
    }

    /// The connection that hears of the commits of programs that notify.
    async fn listener(&self) -> Option<PgListener> {
        let address = self.address().ok()?;
        if !matches!(address.location, Location::Postgres(_)) {
            return None;
        }
        let listen = async {
            let pool = self.connection().await?.get_postgres_connection_pool();
            let mut listener = PgListener::connect_with(pool)
                .await
                .map_err(|error| Error::Database(sqlx(error)))?;
            let channel: String = format!("almanac_{}", address.schema).chars().take(63).collect();
            listener.listen(&channel).await.map_err(|error| Error::Database(sqlx(error)))?;
            Ok::<_, Error>(listener)
        };
        match listen.await {
            Ok(listener) => Some(listener),
            Err(error) => {
                tracing::warn!(database = %self.database, %error, "notifications cannot be heard");
                None
            }
        }
    }
}

/// Its task ends with it.
impl Drop for Watcher {
    fn drop(&mut self) {
        self.wanted.notify_one();
    }
}

fn sqlx(error: sea_orm::sqlx::Error) -> sea_orm::DbErr {
    sea_orm::DbErr::Query(sea_orm::RuntimeErr::SqlxError(Arc::new(error)))
}

async fn number(connection: &impl ConnectionTrait, sql: &str) -> Result<String> {
    let row = connection.query_one_raw(Statement::from_string(DbBackend::Sqlite, sql)).await?;
    let row = row.ok_or_else(|| Error::not_found(sql))?;
    Ok(row.try_get_by_index::<i64>(0)?.to_string())
}

/// Watches as long as the watcher lives and a topic is followed; sleeps otherwise.
async fn run(watcher: Weak<Watcher>) {
    let mut listener = None;
    let mut listens_from = Instant::now();
    loop {
        let Some(this) = watcher.upgrade() else { return };
        if listener.is_none() && Instant::now() >= listens_from && !this.followed().is_empty() {
            listener = this.listener().await;
            listens_from = Instant::now() + RECOVERY;
        }
        let is_followed = this.look().await;
        let pause = this.settings.interval;
        let wanted = this.wanted.clone();
        drop(this);
        if !is_followed {
            wanted.notified().await;
            continue;
        }
        match &mut listener {
            None => tokio::time::sleep(pause).await,
            Some(heard) => {
                match timeout(pause, heard.recv()).await {
                    Ok(Err(_)) => listener = None,
                    // One look answers all that came meanwhile.
                    _ => while heard.next_buffered().is_some() {},
                }
            }
        }
    }
}
