//! `/healthz` and `/readyz`, for whoever watches the process.

use axum::{
    Json, Router,
    http::{StatusCode, header},
    routing,
};
use serde::Serialize;

/// Whether the server can do its work.
#[derive(Clone, Debug, Serialize)]
pub struct Readiness {
    /// Whether to send requests here: 200 if so, else 503.
    pub ready: bool,
    /// The databases one by one. One that is down need not make the whole unready.
    pub databases: Vec<DatabaseReadiness>,
}

/// Whether one database can be asked.
#[derive(Clone, Debug, Serialize)]
pub struct DatabaseReadiness {
    /// The name of the database.
    pub name: String,
    /// Whether its fields of the graph answer.
    pub ready: bool,
    /// What is wrong, or anything else worth knowing.
    pub message: Option<String>,
}

pub(super) fn routes<F, R>(ready: F) -> Router
where
    F: Fn() -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Readiness> + Send + 'static,
{
    let readyz = move || {
        let readiness = ready();
        async move {
            let readiness = readiness.await;
            let status =
                if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
            (status, [(header::CACHE_CONTROL, "no-store")], Json(readiness))
        }
    };
    Router::new()
        .route("/healthz", routing::get(|| async { "ok" }))
        .route("/readyz", routing::get(readyz))
}
