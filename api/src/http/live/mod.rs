//! Subscriptions: the protocol graphql-transport-ws over `WebSockets`, and event streams as graphql-sse has them in its
//! mode of distinct connections.
//!
//! async-graphql has a WebSocket of its own, whose close codes are others than the protocol's and which bounds
//! nothing; so the conversation is held here, and async-graphql only runs the operations. What is sent to a client
//! that does not read waits in the topic and not here: see [`almanac_service::live`].

mod connections;
mod events;
mod message;
mod operations;
mod socket;

use tokio::sync::watch;

use super::metrics::Running as Counted;

pub(super) use connections::Connections;
pub(super) use events::{respond as event_stream, wants as wants_events};
pub(super) use socket::{upgrade, wants as wants_socket};

/// The connections of a server's subscribers. Cloning shares them.
#[derive(Clone, Debug)]
pub struct Streams(watch::Sender<usize>);

impl Default for Streams {
    fn default() -> Self {
        Self(watch::Sender::new(0))
    }
}

impl Streams {
    /// Waits until none is open: sockets outlast the server that they came in by, and are told that it stops.
    pub async fn ended(&self) {
        let mut open = self.0.subscribe();
        // The sender lives as long as this does.
        let _ = open.wait_for(|open| *open == 0).await;
    }

    /// Counts a connection as long as the guard lives.
    fn open(&self, counted: Counted) -> Open {
        self.0.send_modify(|open| *open += 1);
        Open { streams: self.clone(), _counted: counted }
    }
}

/// A connection that is open.
struct Open {
    streams: Streams,
    _counted: Counted,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.streams.0.send_modify(|open| *open -= 1);
    }
}

/// Until the server is told to stop.
async fn stopped(stopping: &mut watch::Receiver<bool>) {
    if stopping.wait_for(|stopping| *stopping).await.is_err() {
        // Nobody is left who could tell.
        std::future::pending::<()>().await;
    }
}
