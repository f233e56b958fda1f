//! The graph over HTTP, as the GraphQL-over-HTTP draft has it, and what a server needs beside it.
//!
//! | path | answers |
//! | --- | --- |
//! | `/graphql` | operations: `POST` with JSON, `GET` for queries |
//! | `/graphiql` | a page to try them in, which needs nothing from outside |
//! | `/healthz` | `ok` as long as the process answers |
//! | `/readyz` | which databases are usable |
//! | `/metrics` | figures for Prometheus |
//!
//! What strangers can send is bounded on the way in (body, document, time, number at once) and on the way out
//! (response, errors). Text of internal errors goes to the log and never to the client.

mod accept;
mod answer;
mod client;
mod failure;
mod gate;
mod graphiql;
mod graphql;
mod health;
mod live;
mod metrics;
mod persisted;
mod read;
mod request_id;
mod secure;
mod settings;
#[cfg(test)]
mod tests;
mod turns;

use std::sync::Arc;

use async_graphql::Executor;
use axum::{
    Router,
    extract::Request,
    middleware::{self, Next},
};
use tokio::sync::watch;

pub use gate::{Gate, Strangers};
pub use health::{DatabaseReadiness, Readiness};
pub use live::Streams;
pub use metrics::{Metrics, Running};
pub use persisted::{Documents, DocumentsError};
pub use secure::secure;
pub use settings::{AdHoc, LiveLimits, Rates, Settings};

use crate::document::Checker;

/// What the routes work with. Cloning is cheap.
#[derive(Clone)]
pub struct Server<E> {
    /// What runs operations.
    pub schema: E,
    /// What judges them before.
    pub checker: Arc<Checker>,
    /// How requests are treated.
    pub settings: Arc<Settings>,
    /// Who lets people in.
    pub gate: Gate,
    /// The documents that clients may name.
    pub documents: Arc<Documents>,
    /// What counts.
    pub metrics: Metrics,
    /// Turns true when the server is told to stop: streams end then.
    pub stopping: watch::Receiver<bool>,
    /// The connections of subscribers.
    pub streams: Streams,
}

impl<E> Server<E> {
    /// A server of these parts, without a list of documents.
    pub fn new(schema: E, checker: Checker, settings: Settings, gate: Gate) -> Self {
        Self {
            schema,
            checker: Arc::new(checker),
            settings: Arc::new(settings),
            gate,
            documents: Arc::default(),
            metrics: Metrics::default(),
            stopping: watch::channel(false).1,
            streams: Streams::default(),
        }
    }
}

/// All routes of this module, secured.
///
/// `ready` is asked for every `GET /readyz`. Routes of other modules join with [`routes`] and [`secure`] instead.
pub fn router<E, F, R>(server: Server<E>, ready: F) -> Router
where
    E: Executor,
    F: Fn() -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Readiness> + Send + 'static,
{
    let settings = Arc::clone(&server.settings);
    secure(routes(server, ready), &settings)
}

/// All routes of this module, without the layers that [`secure`] adds to a whole server.
pub fn routes<E, F, R>(server: Server<E>, ready: F) -> Router
where
    E: Executor,
    F: Fn() -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Readiness> + Send + 'static,
{
    let metrics = server.metrics.clone();
    let mut router = health::routes(&server, ready);
    if server.settings.graphiql {
        router = router.merge(graphiql::routes());
    }
    router.merge(graphql::routes(server)).layer(middleware::from_fn(
        move |request: Request, next: Next| metrics.clone().observe(request, next),
    ))
}
