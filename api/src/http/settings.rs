use std::{net::IpAddr, time::Duration};

/// How the server treats requests. The limits of documents are those of the [`Checker`](crate::document::Checker).
#[derive(Clone, Debug)]
pub struct Settings {
    /// Bytes of the body of a `POST /graphql`.
    pub body_bytes: usize,
    /// How long a client may take to send that body.
    pub body_time: Duration,
    /// How long an operation may take, the wait for its turn included.
    pub operation_time: Duration,
    /// Operations that run at the same time.
    pub in_flight: usize,
    /// Operations that wait for their turn; further ones are sent away with `Retry-After`.
    pub queue: usize,
    /// Bytes of a response.
    pub response_bytes: usize,
    /// Errors of a response; further ones are only counted, in `extensions.omittedErrors`.
    pub errors: usize,
    /// The names a `Host` header may carry, without port; `None` allows any. On a loopback address this keeps a web
    /// page from reaching the server through a name of its own that it points here ("DNS rebinding").
    pub allowed_hosts: Option<Vec<String>>,
    /// Whether `/graphiql` is served.
    pub graphiql: bool,
}

impl Default for Settings {
    /// The settings of a server that listens on a loopback address.
    fn default() -> Self {
        Self {
            body_bytes: 256 * 1024,
            body_time: Duration::from_secs(30),
            operation_time: Duration::from_secs(10),
            in_flight: 64,
            queue: 128,
            response_bytes: 10 * 1024 * 1024,
            errors: 10,
            allowed_hosts: Some(["localhost", "127.0.0.1", "[::1]"].map(String::from).to_vec()),
            graphiql: true,
        }
    }
}

impl Settings {
    /// The settings of a server that listens on this address: any `Host` is allowed unless it is loopback.
    #[must_use]
    pub fn listening_on(address: IpAddr) -> Self {
        let settings = Self::default();
        if address.is_loopback() { settings } else { Self { allowed_hosts: None, ..settings } }
    }
}
