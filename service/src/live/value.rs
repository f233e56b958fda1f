//! One topic of a value: counts, or a single row. Who follows it gets its present state, and again when
//! that has changed; states in between are left out for those who read slowly.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use almanac_database::Database;
use async_trait::async_trait;
use tokio::sync::{Mutex, watch};

use super::{
    Counters,
    position::Mark,
    watcher::{Topic, Watcher},
};
use crate::{Reader, Result, Sessions};

/// A value that is asked of one database.
pub trait Observed: Send + Sync + 'static {
    /// The value.
    type Value: Send + Sync + 'static;

    /// The database it is asked of.
    const DATABASE: Database;

    /// What distinguishes it from all other values.
    fn topic(&self) -> String;

    /// Asks for it; none where it does not exist yet, or not any more.
    fn read(&self, reader: &Reader) -> impl Future<Output = Result<Option<Self::Value>>> + Send;

    /// A number for the value that changes with it.
    fn digest(value: &Self::Value) -> i64;
}

type Present<V> = Option<(i64, Arc<V>)>;

/// A value of this process.
pub(crate) struct Gauge<O: Observed> {
    observed: O,
    sessions: Sessions,
    watcher: Arc<Watcher>,
    /// The version of the database that was looked at last.
    version: Mutex<Option<String>>,
    present: watch::Sender<Present<O::Value>>,
    followers: AtomicUsize,
    counters: Arc<Counters>,
    closing: watch::Receiver<bool>,
}

impl<O: Observed> Gauge<O> {
    pub(crate) fn new(
        observed: O,
        sessions: Sessions,
        watcher: Arc<Watcher>,
        counters: Arc<Counters>,
        closing: watch::Receiver<bool>,
    ) -> Arc<Self> {
        let gauge = Arc::new(Self {
            observed,
            sessions,
            watcher,
            version: Mutex::default(),
            present: watch::Sender::new(None),
            followers: AtomicUsize::new(0),
            counters,
            closing,
        });
        let topic: Arc<dyn Topic> = gauge.clone();
        gauge.watcher.add(Arc::downgrade(&topic));
        gauge
    }

    /// Follows the value: the present one first, unless it is that of `since`.
    pub(crate) async fn follow(self: Arc<Self>, since: Option<&str>) -> Result<Observer<O>> {
        let topic = self.observed.topic();
        let since = since.map(|since| Mark::read(&topic, since)).transpose()?;
        let seen = match since {
            Some(Mark::Value(digest)) => Some(digest),
            _ => None,
        };
        let version = self.watcher.version().await?;
        self.followers.fetch_add(1, Ordering::Relaxed);
        self.counters.followers.fetch_add(1, Ordering::Relaxed);
        let receiver = self.present.subscribe();
        let closing = self.closing.clone();
        let observer = Observer { gauge: self, receiver, closing, seen, topic };
        observer.gauge.look(&version).await?;
        observer.gauge.watcher.wake();
        Ok(observer)
    }
}

#[async_trait]
impl<O: Observed> Topic for Gauge<O> {
    fn is_followed(&self) -> bool {
        self.followers.load(Ordering::Relaxed) > 0
    }

    async fn look(&self, version: &str) -> Result<()> {
        let mut looked_at = self.version.lock().await;
        if looked_at.as_deref() == Some(version) {
            return Ok(());
        }
        self.counters.looks.fetch_add(1, Ordering::Relaxed);
        let reader = self.sessions.reader(O::DATABASE).await?;
        let value = self.observed.read(&reader).await?;
        let value = value.map(|value| (O::digest(&value), Arc::new(value)));
        self.present.send_if_modified(|present| {
            let digest = |present: &Present<O::Value>| present.as_ref().map(|(digest, _)| *digest);
            let is_new = digest(present) != digest(&value);
            if is_new {
                *present = value;
                self.counters.changes.fetch_add(1, Ordering::Relaxed);
            }
            is_new
        });
        *looked_at = Some(version.to_owned());
        Ok(())
    }
}

/// One who follows a value.
pub struct Observer<O: Observed> {
    gauge: Arc<Gauge<O>>,
    receiver: watch::Receiver<Present<O::Value>>,
    closing: watch::Receiver<bool>,
    /// The digest of what was delivered.
    seen: Option<i64>,
    topic: String,
}

impl<O: Observed> Observer<O> {
    /// Whether there is such a value now.
    pub fn exists(&self) -> bool {
        self.receiver.borrow().is_some()
    }

    /// The value when it is another than the one delivered before, with its position; none when the
    /// server stops.
    pub async fn next(&mut self) -> Option<(String, Arc<O::Value>)> {
        loop {
            if *self.closing.borrow() {
                return None;
            }
            let present = self.receiver.borrow_and_update().clone();
            if let Some((digest, value)) = present
                && self.seen != Some(digest)
            {
                self.seen = Some(digest);
                return Some((Mark::Value(digest).position(&self.topic), value));
            }
            tokio::select! {
                _ = self.closing.wait_for(|closing| *closing) => return None,
                changed = self.receiver.changed() => changed.ok()?,
            }
        }
    }
}

impl<O: Observed> Drop for Observer<O> {
    fn drop(&mut self) {
        self.gauge.followers.fetch_sub(1, Ordering::Relaxed);
        self.gauge.counters.followers.fetch_sub(1, Ordering::Relaxed);
    }
}
