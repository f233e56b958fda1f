//! What changes, as it changes, whoever writes it.
//!
//! The pipeline's own programs write the same databases, and tell nobody. So each database has a
//! watcher, which asks at short intervals whether anybody has committed anything: on
//! SQLite by `PRAGMA data_version`, on PostgreSQL by the snapshot of the transactions that are over, and
//! at once when a program notifies `almanac_<schema>`, as this crate's transactions do. Only then the
//! topics that somebody follows are looked at, each once for all of its followers.
//!
//! A change has a position. Who comes back with one gets the present state of every row that was added or
//! changed since, each once; `source` says how rows are found, table by table.

mod digest;
mod feed;
mod log;
mod numbers;
mod position;
mod ranges;
mod source;
mod topics;
mod transactions;
mod value;
mod watcher;

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError, atomic::AtomicU64},
    time::Duration,
};

use almanac_database::{Database, Location};
use almanac_entity::Table;
use tokio::sync::watch;

pub use feed::{Batch, Change, Follower};
pub use topics::{JobProgress, QueueCounts, StageCounts, WaitingJobs};
pub use value::{Observed, Observer};

use crate::{Error, Result, Sessions};
use feed::Feed;
use log::Log;
use source::Pages;
use value::Gauge;
use watcher::Watcher;

/// A table whose rows can be followed. Its primary key is one column.
pub trait Followed: Table {
    /// What its positions bear, so that none is taken for that of another table.
    const TOPIC: &'static str;
    /// What is told of its rows.
    const FOLLOWS: Follows;
}

/// What is told of a table's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follows {
    /// That they were added. They have numbers that only grow.
    Additions,
    /// That they were added or changed.
    Changes,
}

/// How changes are looked for.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How often a database is asked whether anybody has written to it.
    pub interval: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self { interval: Duration::from_secs(1) }
    }
}

/// What is done, and was since the process started.
#[derive(Debug, Default)]
pub struct Counters {
    /// Followers and observers there are now.
    pub followers: AtomicU64,
    /// Times that a topic was looked at, because its database had changed.
    pub looks: AtomicU64,
    /// Rows and values that were found to be new.
    pub changes: AtomicU64,
    /// Times that a follower was too slow, and caught up from the database.
    pub lags: AtomicU64,
}

/// The topics of one process. Cloning is cheap and shares them.
#[derive(Clone)]
pub struct Live(Arc<Inner>);

struct Inner {
    sessions: Sessions,
    settings: Settings,
    counters: Arc<Counters>,
    closing: watch::Sender<bool>,
    watchers: Mutex<HashMap<Database, Arc<Watcher>>>,
    logs: Mutex<HashMap<Database, Log>>,
    /// Feeds by their table, and gauges by their type and topic.
    topics: Mutex<HashMap<(TypeId, String), Arc<dyn Any + Send + Sync>>>,
}

impl Live {
    /// The topics of the databases of `sessions`. Nothing is watched yet.
    pub fn new(sessions: Sessions, settings: Settings) -> Self {
        Self(Arc::new(Inner {
            sessions,
            settings,
            counters: Arc::default(),
            closing: watch::Sender::new(false),
            watchers: Mutex::default(),
            logs: Mutex::default(),
            topics: Mutex::default(),
        }))
    }

    /// Follows the rows of a table: those that are added or changed from now on or, with the position of
    /// an earlier change, those that were since, each once and as it is now. It needs a runtime of tokio.
    ///
    /// # Errors
    /// `since` is no position of this table, or the database cannot be read.
    pub async fn follow<E: Followed>(&self, since: Option<&str>) -> Result<Follower<E>> {
        let address = self.address(E::DATABASE)?;
        let log = match (E::FOLLOWS, &address.location) {
            (Follows::Changes, Location::File(_) | Location::Memory) => {
                let mut logs = lock(&self.0.logs);
                Some(logs.entry(E::DATABASE).or_insert_with(|| Log::new(address.clone())).clone())
            }
            _ => None,
        };
        let feed = self.topic::<Feed<E>>(E::TOPIC.to_owned(), || {
            Feed::new(
                Pages::new(self.0.sessions.clone(), address, log),
                self.watcher(E::DATABASE),
                self.0.counters.clone(),
                self.0.closing.subscribe(),
            )
        });
        feed.follow(since).await
    }

    /// Follows a value: as it is now, unless that is known by `since`, and again when it has changed. It
    /// needs a runtime of tokio.
    ///
    /// # Errors
    /// `since` is no position of this value, or the database cannot be read.
    pub async fn observe<O: Observed>(&self, value: O, since: Option<&str>) -> Result<Observer<O>> {
        let address = self.address(O::DATABASE)?.database;
        let gauge = self.topic::<Gauge<O>>(value.topic(), || {
            Gauge::new(
                value,
                self.0.sessions.clone(),
                self.watcher(address),
                self.0.counters.clone(),
                self.0.closing.subscribe(),
            )
        });
        gauge.follow(since).await
    }

    /// Ends whatever is followed: everybody who waits gets to know that nothing comes any more.
    pub fn close(&self) {
        self.0.closing.send_replace(true);
    }

    /// What was done since the process started.
    pub fn counters(&self) -> &Counters {
        &self.0.counters
    }

    fn address(&self, database: Database) -> Result<&almanac_database::Address> {
        let mut addresses = self.0.sessions.addresses().iter();
        addresses
            .find(|address| address.database == database)
            .ok_or_else(|| Error::not_found(format!("address for {database} in these sessions")))
    }

    fn watcher(&self, database: Database) -> Arc<Watcher> {
        let (sessions, settings) = (&self.0.sessions, &self.0.settings);
        let make = || Watcher::new(database, sessions.clone(), settings.clone());
        lock(&self.0.watchers).entry(database).or_insert_with(make).clone()
    }

    fn topic<T: Send + Sync + 'static>(
        &self,
        name: String,
        make: impl FnOnce() -> Arc<T>,
    ) -> Arc<T> {
        let mut topics = lock(&self.0.topics);
        // A gauge that nobody reads holds nothing that could not be asked for again.
        topics.retain(|(_, topic), held| !topic.contains(':') || Arc::strong_count(held) > 1);
        let topic = topics.entry((TypeId::of::<T>(), name)).or_insert_with(|| make());
        topic.clone().downcast().expect("a topic is of the type it is kept under")
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live").field("counters", &self.0.counters).finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
