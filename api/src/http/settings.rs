use std::{net::IpAddr, path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

/// How the server treats requests. The limits of documents are those of the [`Checker`](crate::document::Checker).
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Bytes of the body of a `POST /graphql`.
    pub body_bytes: usize,
    /// How long a client may take to send that body.
    #[serde(rename = "body_time_s", with = "seconds")]
    pub body_time: Duration,
    /// How long an operation may take, the wait for its turn included.
    #[serde(rename = "operation_time_s", with = "seconds")]
    pub operation_time: Duration,
    /// Operations that run at the same time.
    pub in_flight: usize,
    /// Operations of one client that run or wait at the same time.
    pub in_flight_each: usize,
    /// Operations that wait for their turn; further ones are sent away with `Retry-After`.
    pub queue: usize,
    /// SQL statements of a query.
    pub query_statements: u64,
    /// SQL statements of a mutation, which also writes down what it changes.
    pub mutation_statements: u64,
    /// Bytes of a response.
    pub response_bytes: usize,
    /// Errors of a response; further ones are only counted, in `extensions.omittedErrors`.
    pub errors: usize,
    /// How often a client may ask.
    pub rate: Rates,
    /// Limits of subscriptions.
    pub live: LiveLimits,
    /// The names a `Host` header may carry, without port; an empty list allows any. Where nothing is said, those of
    /// this machine's loopback: they keep a web page from reaching the server through a name of its own that it
    /// points here ("DNS rebinding").
    pub allowed_hosts: Option<Vec<String>>,
    /// Web pages of these origins, such as `https://dashboard.example`, may ask from a browser; those of this server
    /// always may.
    pub allowed_origins: Vec<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Whether strangers may ask for the schema over `/graphql`; where nothing is said, on a loopback address. It is
    /// no secret: it stands in the documentation.
    pub anonymous_introspection: Option<bool>,
    /// A folder of `.graphql` files that clients may name by their SHA-256 instead of sending them.
    pub documents: Option<PathBuf>,
    /// Who may send other documents than those.
    pub ad_hoc: AdHoc,
    /// Whether `/graphiql` is served.
    pub graphiql: bool,
}

/// Who may send documents that the server does not have on its list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AdHoc {
    /// Everybody who may ask at all.
    #[default]
    Everyone,
    /// Who has a token.
    Known,
    /// Nobody.
    Nobody,
}

/// How often one client may ask: by address for strangers, by token and by address for who has one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rates {
    /// Requests a minute of a stranger; 0 is no limit.
    pub anonymous_per_minute: u32,
    /// Requests of a stranger at once, after a pause.
    pub anonymous_burst: u32,
    /// Requests a minute of a token; 0 is no limit.
    pub known_per_minute: u32,
    /// Requests of a token at once, after a pause.
    pub known_burst: u32,
    /// Points of cost a minute of a client; 0 is no limit.
    pub cost_per_minute: u32,
}

/// Limits of subscriptions, over `WebSockets` and event streams alike.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct LiveLimits {
    /// How long a client may take to introduce itself after connecting.
    #[serde(rename = "init_time_s", with = "seconds")]
    pub init_time: Duration,
    /// Subscriptions of one connection.
    pub subscriptions: usize,
    /// Connections of one token.
    pub connections_each: usize,
    /// Connections from one address.
    pub connections_per_address: usize,
    /// How long a silent connection waits until it asks whether anybody is there.
    #[serde(rename = "ping_interval_s", with = "seconds")]
    pub ping_interval: Duration,
    /// Bytes of a message from the client.
    pub message_bytes: usize,
    /// How often a connection's token is looked at again.
    #[serde(rename = "recheck_interval_s", with = "seconds")]
    pub recheck_interval: Duration,
    /// How often a database is asked whether anybody has written to it.
    #[serde(rename = "interval_s", with = "seconds")]
    pub interval: Duration,
}

impl Default for Settings {
    /// The settings of a server that listens on a loopback address.
    fn default() -> Self {
        Self {
            body_bytes: 256 * 1024,
            body_time: Duration::from_secs(30),
            operation_time: Duration::from_secs(10),
            in_flight: 64,
            in_flight_each: 8,
            queue: 128,
            query_statements: 50,
            mutation_statements: 200,
            response_bytes: 10 * 1024 * 1024,
            errors: 10,
            rate: Rates::default(),
            live: LiveLimits::default(),
            allowed_hosts: None,
            allowed_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            anonymous_introspection: None,
            documents: None,
            ad_hoc: AdHoc::Everyone,
            graphiql: cfg!(debug_assertions),
        }
    }
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            anonymous_per_minute: 60,
            anonymous_burst: 20,
            known_per_minute: 600,
            known_burst: 100,
            cost_per_minute: 100_000,
        }
    }
}

impl Rates {
    /// No limit at all: for a server that its only user started.
    pub const NONE: Self = Self {
        anonymous_per_minute: 0,
        anonymous_burst: 0,
        known_per_minute: 0,
        known_burst: 0,
        cost_per_minute: 0,
    };
}

impl Default for LiveLimits {
    fn default() -> Self {
        Self {
            init_time: Duration::from_secs(3),
            subscriptions: 10,
            connections_each: 4,
            connections_per_address: 100,
            ping_interval: Duration::from_secs(12),
            message_bytes: 64 * 1024,
            recheck_interval: Duration::from_mins(1),
            interval: Duration::from_secs(1),
        }
    }
}

impl Settings {
    /// The same for a server that listens on this address: unless it is loopback, any `Host` is allowed and strangers
    /// do not see the schema, if nothing else is said.
    #[must_use]
    pub fn listening_on(self, address: IpAddr) -> Self {
        if address.is_loopback() {
            return self;
        }
        Self {
            allowed_hosts: self.allowed_hosts.or(Some(Vec::new())),
            anonymous_introspection: self.anonymous_introspection.or(Some(false)),
            ..self
        }
    }
}

/// Durations as seconds, which may have a fraction.
mod seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        Duration::try_from_secs_f64(f64::deserialize(from)?).map_err(D::Error::custom)
    }

    pub(super) fn serialize<S: Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_f64(time.as_secs_f64())
    }
}
