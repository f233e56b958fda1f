//! How much one client may ask for, and how many may at once.

use std::{
    collections::HashMap,
    hash::Hash,
    net::IpAddr,
    num::NonZeroU32,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use almanac_service::access::Access;
use governor::{
    DefaultKeyedRateLimiter, NotUntil, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
};

use super::{
    Rates, Settings,
    client::{Client, network},
    failure::Failure,
};

/// Requests after which buckets that are full again are forgotten.
const SWEEP: u32 = 10_000;

/// The figures of [`Rates`], kept for each client.
pub(super) struct Turns {
    strangers: Bucket<IpAddr>,
    known: Bucket<Client>,
    cost: Bucket<Client>,
    running: Running,
    asked: AtomicU32,
}

impl Turns {
    pub(super) fn new(settings: &Settings) -> Self {
        let Rates {
            anonymous_per_minute,
            anonymous_burst,
            known_per_minute,
            known_burst,
            cost_per_minute,
        } = settings.rate;
        Self {
            strangers: Bucket::new(anonymous_per_minute, anonymous_burst),
            known: Bucket::new(known_per_minute, known_burst),
            cost: Bucket::new(cost_per_minute, cost_per_minute),
            running: Running { limit: settings.in_flight_each, counts: Arc::default() },
            asked: AtomicU32::new(0),
        }
    }

    /// Counts a request of a stranger, or of somebody whose token opens nothing: guessing is limited, too.
    pub(super) fn ask_as_stranger(&self, address: IpAddr) -> Result<(), Failure> {
        self.sweep();
        self.strangers.take(&network(address), 1)
    }

    /// Counts a request, by its token and by its address.
    pub(super) fn ask(&self, access: &Access, address: IpAddr) -> Result<Client, Failure> {
        let network = network(address);
        let Some(principal) = access.principal() else {
            self.ask_as_stranger(address)?;
            return Ok(Client::Address(network));
        };
        self.sweep();
        let client = Client::Known(principal.name.clone());
        self.known.take(&Client::Address(network), 1)?;
        self.known.take(&client, 1)?;
        Ok(client)
    }

    /// Charges what an operation costs.
    pub(super) fn pay(&self, client: &Client, points: u64) -> Result<(), Failure> {
        self.cost.take(client, u32::try_from(points).unwrap_or(u32::MAX))
    }

    /// A place among the client's own operations, given back when it is dropped.
    pub(super) fn enter(&self, client: &Client) -> Result<Place, Failure> {
        self.running.enter(client)
    }

    fn sweep(&self) {
        if self.asked.fetch_add(1, Ordering::Relaxed) % SWEEP == SWEEP - 1 {
            self.strangers.sweep();
            self.known.sweep();
            self.cost.sweep();
        }
    }
}

/// So much a minute for each key; without a quota there is no limit.
struct Bucket<K: Clone + Eq + Hash>(Option<(Quota, DefaultKeyedRateLimiter<K>)>);

impl<K: Clone + Eq + Hash> Bucket<K> {
    fn new(per_minute: u32, burst: u32) -> Self {
        Self(NonZeroU32::new(per_minute).map(|per_minute| {
            let burst = NonZeroU32::new(burst).unwrap_or(per_minute);
            let quota = Quota::per_minute(per_minute).allow_burst(burst);
            (quota, RateLimiter::keyed(quota))
        }))
    }

    fn take(&self, key: &K, amount: u32) -> Result<(), Failure> {
        let (Some((quota, limiter)), Some(amount)) = (&self.0, NonZeroU32::new(amount)) else {
            return Ok(());
        };
        // What is more than the whole bucket empties it.
        let amount = amount.min(quota.burst_size());
        match limiter.check_key_n(key, amount) {
            Ok(Err(until)) => Err(Failure::rate_limited(wait(&until))),
            Ok(Ok(())) | Err(_) => Ok(()),
        }
    }

    fn sweep(&self) {
        if let Some((_, limiter)) = &self.0 {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}

fn wait<P: governor::clock::Reference>(until: &NotUntil<P>) -> Duration
where
    DefaultClock: Clock<Instant = P>,
{
    until.wait_time_from(DefaultClock::default().now())
}

/// How many operations of each client run or wait.
struct Running {
    limit: usize,
    counts: Arc<Mutex<HashMap<Client, usize>>>,
}

/// A place taken.
pub(super) struct Place {
    client: Client,
    counts: Arc<Mutex<HashMap<Client, usize>>>,
}

impl Running {
    fn enter(&self, client: &Client) -> Result<Place, Failure> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(client.clone()).or_default();
        if *count >= self.limit {
            return Err(Failure::too_many_at_once(self.limit));
        }
        *count += 1;
        Ok(Place { client: client.clone(), counts: Arc::clone(&self.counts) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.client);
            }
        }
    }
}
