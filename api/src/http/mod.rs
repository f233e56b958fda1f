//! The graph over HTTP, as the GraphQL-over-HTTP draft has it, and what a server needs beside it.
//!
//! | path | answers |
//! | --- | --- |
//! | `/graphql` | operations: `POST` with JSON, `GET` for queries |
//! | `/graphiql` | a page to try them in, which needs nothing from outside |
//! | `/healthz` | `ok` as long as the process answers |
//! | `/readyz` | which databases are usable |
//!
//! What strangers can send is bounded on the way in (body, document, time, number at once) and on the way out
//! (response, errors). Text of internal errors goes to the log and never to the client.

mod accept;
mod answer;
mod failure;
mod graphiql;
mod graphql;
mod health;
mod read;
mod secure;
mod settings;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_graphql::Executor;
use axum::Router;

pub use health::{DatabaseReadiness, Readiness};
pub use secure::secure;
pub use settings::Settings;

use crate::document::Checker;

/// All routes of this module, secured.
///
/// `ready` is asked for every `GET /readyz`. Routes of other modules join with [`routes`] and [`secure`] instead.
pub fn router<E, F, R>(schema: E, checker: Arc<Checker>, settings: Settings, ready: F) -> Router
where
    E: Executor,
    F: Fn() -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Readiness> + Send + 'static,
{
    let settings = Arc::new(settings);
    secure(routes(schema, checker, Arc::clone(&settings), ready), &settings)
}

/// All routes of this module, without the layers that [`secure`] adds to a whole server.
pub fn routes<E, F, R>(
    schema: E,
    checker: Arc<Checker>,
    settings: Arc<Settings>,
    ready: F,
) -> Router
where
    E: Executor,
    F: Fn() -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Readiness> + Send + 'static,
{
    let mut router = health::routes(ready);
    if settings.graphiql {
        router = router.merge(graphiql::routes());
    }
    router.merge(graphql::routes(schema, checker, settings))
}
