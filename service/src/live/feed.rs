//! One topic of rows: what is detected once for all who follow it, and how each of them keeps up.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use tokio::{
    sync::{Mutex, broadcast, watch},
    time::Instant,
};

use super::{
    Counters, Followed,
    position::Mark,
    source::{Detector, Pages},
    watcher::{Topic, Watcher},
};
use crate::{Result, Row};

/// Rows that are read and sent together.
pub(super) const PAGE: usize = 256;
/// Pages that are kept for those who read slowly. Who falls further behind reads the database.
const KEPT: usize = 64;
/// A topic is left alone for so many times as long as the look at it took.
const REST: u32 = 5;

/// Rows that were added or changed, found together.
#[derive(Debug)]
pub struct Batch<E: Followed> {
    rows: Vec<Row<E>>,
    marks: Vec<Mark>,
}

impl<E: Followed> Batch<E> {
    fn new(page: Vec<(Row<E>, Mark)>) -> Arc<Self> {
        let (rows, marks) = page.into_iter().unzip();
        Arc::new(Self { rows, marks })
    }

    /// Its rows, with all of their columns.
    pub fn rows(&self) -> &[Row<E>] {
        &self.rows
    }
}

/// A row that was added or changed.
#[derive(Debug)]
pub struct Change<E: Followed> {
    /// The rows that were found with it.
    pub batch: Arc<Batch<E>>,
    /// Its place among them.
    pub index: usize,
}

impl<E: Followed> Change<E> {
    /// The row.
    pub fn row(&self) -> &Row<E> {
        &self.batch.rows[self.index]
    }

    /// Where the topic stands with this row: who comes back with it gets what follows.
    pub fn position(&self) -> String {
        self.mark().position(E::TOPIC)
    }

    fn mark(&self) -> &Mark {
        &self.batch.marks[self.index]
    }
}

/// A topic of this process.
pub(crate) struct Feed<E: Followed> {
    pages: Pages<E>,
    state: Mutex<State<E>>,
    watcher: Arc<Watcher>,
    followers: AtomicUsize,
    counters: Arc<Counters>,
    closing: watch::Receiver<bool>,
}

struct State<E: Followed> {
    pages: Pages<E>,
    detector: Detector<E>,
    /// What has been published; none until the first look.
    mark: Option<Mark>,
    /// The version of the database that was looked at last.
    version: Option<String>,
    sender: broadcast::Sender<Arc<Batch<E>>>,
    rests_until: Instant,
}

impl<E: Followed> Feed<E> {
    pub(crate) fn new(
        pages: Pages<E>,
        watcher: Arc<Watcher>,
        counters: Arc<Counters>,
        closing: watch::Receiver<bool>,
    ) -> Arc<Self> {
        let sender = broadcast::Sender::new(KEPT);
        let detector = Detector::new(&pages);
        let state = State {
            pages: pages.clone(),
            detector,
            mark: None,
            version: None,
            sender,
            rests_until: Instant::now(),
        };
        let feed = Arc::new(Self {
            pages,
            state: Mutex::new(state),
            watcher,
            followers: AtomicUsize::new(0),
            counters,
            closing,
        });
        let topic: Arc<dyn Topic> = feed.clone();
        feed.watcher.add(Arc::downgrade(&topic));
        feed
    }

    /// Follows the topic from `since`, or from now.
    pub(crate) async fn follow(self: Arc<Self>, since: Option<&str>) -> Result<Follower<E>> {
        let since = since.map(|since| Mark::read(E::TOPIC, since)).transpose()?;
        let version = self.watcher.version().await?;
        let mut state = self.state.lock().await;
        state.look(&version, &self.counters).await?;
        let now = state.now();
        if let Some(since) = &since {
            self.pages.accepts(since, &now)?;
        }
        let receiver = state.sender.subscribe();
        drop(state);
        self.followers.fetch_add(1, Ordering::Relaxed);
        self.counters.followers.fetch_add(1, Ordering::Relaxed);
        self.watcher.wake();
        let closing = self.closing.clone();
        let (mark, target) = match since {
            Some(since) => (since, Some(now)),
            None => (now, None),
        };
        Ok(Follower { feed: self, receiver, closing, mark, target, pending: VecDeque::new() })
    }
}

#[async_trait]
impl<E: Followed> Topic for Feed<E> {
    fn is_followed(&self) -> bool {
        self.followers.load(Ordering::Relaxed) > 0
    }

    async fn look(&self, version: &str) -> Result<()> {
        let mut state = self.state.lock().await;
        if Instant::now() < state.rests_until {
            return Ok(());
        }
        let began = Instant::now();
        let looked = state.look(version, &self.counters).await;
        state.rests_until = Instant::now() + REST * began.elapsed();
        looked
    }
}

impl<E: Followed> State<E> {
    /// Publishes what was added or changed since the last look. On an error nothing is forgotten: the
    /// next look begins where this one was.
    async fn look(&mut self, version: &str, counters: &Counters) -> Result<()> {
        if self.version.as_deref() == Some(version) {
            return Ok(());
        }
        counters.looks.fetch_add(1, Ordering::Relaxed);
        let now = self.detector.now(self.mark.as_ref()).await?;
        if let Some(mark) = self.mark.take() {
            let mut mark = mark;
            loop {
                let page = match self.pages.page(&mark, &now, PAGE).await {
                    Ok(page) => page,
                    Err(error) => {
                        self.mark = Some(mark);
                        return Err(error);
                    }
                };
                let Some((_, last)) = page.last() else { break };
                mark = last.clone();
                counters.changes.fetch_add(page.len() as u64, Ordering::Relaxed);
                // Nobody listening is no error.
                let _ = self.sender.send(Batch::new(page));
            }
        }
        self.mark = Some(now);
        self.version = Some(version.to_owned());
        Ok(())
    }

    fn now(&self) -> Mark {
        self.mark.clone().expect("it was looked at")
    }
}

/// One who follows a topic.
pub struct Follower<E: Followed> {
    feed: Arc<Feed<E>>,
    receiver: broadcast::Receiver<Arc<Batch<E>>>,
    closing: watch::Receiver<bool>,
    /// What was delivered.
    mark: Mark,
    /// Where reading from the database ends and `receiver` goes on; none when it is there.
    target: Option<Mark>,
    pending: VecDeque<Change<E>>,
}

impl<E: Followed> Follower<E> {
    /// The next row that was added or changed; none when the server stops. Rows are not kept for those
    /// who do not ask: who is too late gets the present state of what has changed since.
    ///
    /// # Errors
    /// The database fails while something that was missed is read. The same call may succeed later.
    pub async fn next(&mut self) -> Option<Result<Change<E>>> {
        loop {
            if let Some(change) = self.pending.pop_front() {
                self.mark = change.mark().clone();
                return Some(Ok(change));
            }
            if *self.closing.borrow() {
                return None;
            }
            if let Some(target) = &self.target {
                match self.feed.pages.page(&self.mark, target, PAGE).await {
                    Err(error) => return Some(Err(error)),
                    Ok(page) if page.is_empty() => {
                        self.mark = target.clone();
                        self.target = None;
                    }
                    Ok(page) => self.take(&Batch::new(page)),
                }
                continue;
            }
            let received = tokio::select! {
                _ = self.closing.wait_for(|closing| *closing) => return None,
                received = self.receiver.recv() => received,
            };
            match received {
                Ok(batch) => self.take(&batch),
                Err(broadcast::error::RecvError::Closed) => return None,
                Err(broadcast::error::RecvError::Lagged(_)) => {
                    self.feed.counters.lags.fetch_add(1, Ordering::Relaxed);
                    let state = self.feed.state.lock().await;
                    self.receiver = state.sender.subscribe();
                    self.target = Some(state.now());
                }
            }
        }
    }

    fn take(&mut self, batch: &Arc<Batch<E>>) {
        let changes = (0..batch.rows.len()).map(|index| Change { batch: batch.clone(), index });
        self.pending.extend(changes);
    }
}

impl<E: Followed> Drop for Follower<E> {
    fn drop(&mut self) {
        self.feed.followers.fetch_sub(1, Ordering::Relaxed);
        self.feed.counters.followers.fetch_sub(1, Ordering::Relaxed);
    }
}
