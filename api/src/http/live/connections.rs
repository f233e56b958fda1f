//! How many connections somebody has.

use std::{
    collections::HashMap,
    hash::Hash,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use super::super::{LiveLimits, client::network};

/// The connections of each client, by address and by token.
#[derive(Clone, Default)]
pub(in super::super) struct Connections {
    addresses: Counts<IpAddr>,
    names: Counts<String>,
}

impl Connections {
    /// A place among the connections from an address, given back when it is dropped; none if they are too many.
    pub(super) fn of_address(&self, address: IpAddr, limits: &LiveLimits) -> Option<Place<IpAddr>> {
        self.addresses.enter(network(address), limits.connections_per_address)
    }

    /// A place among the connections of who has a token.
    pub(super) fn of_name(&self, name: &str, limits: &LiveLimits) -> Option<Place<String>> {
        self.names.enter(name.to_owned(), limits.connections_each)
    }
}

#[derive(Clone)]
struct Counts<K>(Arc<Mutex<HashMap<K, usize>>>);

impl<K> Default for Counts<K> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K: Clone + Eq + Hash> Counts<K> {
    fn enter(&self, key: K, limit: usize) -> Option<Place<K>> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.get(&key).copied().unwrap_or(0);
        if count >= limit {
            return None;
        }
        counts.insert(key.clone(), count + 1);
        Some(Place { key, counts: self.clone() })
    }
}

/// A place taken.
pub(super) struct Place<K: Clone + Eq + Hash> {
    key: K,
    counts: Counts<K>,
}

impl<K: Clone + Eq + Hash> Drop for Place<K> {
    fn drop(&mut self) {
        let mut counts = self.counts.0.lock().unwrap_or_else(PoisonError::into_inner);
        match counts.get_mut(&self.key) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                counts.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_given_back() {
        let limits = LiveLimits { connections_per_address: 2, ..LiveLimits::default() };
        let connections = Connections::default();
        let enter = |address: &str| connections.of_address(address.parse().unwrap(), &limits);
        let first = enter("2001:db8::1");
        let second = enter("2001:db8::2");
        assert!(first.is_some() && second.is_some());
        assert!(enter("2001:db8::3").is_none(), "one network is one client");
        assert!(enter("2001:db8:0:1::3").is_some());
        drop(first);
        assert!(enter("2001:db8::3").is_some());
    }
}
