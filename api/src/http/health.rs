//! `/healthz`, `/readyz` and `/metrics`, for whoever watches the process.

use std::sync::Arc;

use almanac_service::Pool;
use axum::{
    Json, Router,
    http::{HeaderMap, StatusCode, header},
    response::IntoResponse,
    routing,
};
use serde::Serialize;

use super::{Server, accept::Media};

/// Whether the server can do its work.
#[derive(Clone, Debug, Serialize)]
pub struct Readiness {
    /// Whether to send requests here: 200 if so, else 503.
    pub ready: bool,
    /// The databases one by one. One that is down need not make the whole unready.
    pub databases: Vec<DatabaseReadiness>,
    /// How their connections are used, for `/metrics`.
    #[serde(skip)]
    pub pools: Vec<Pool>,
}

/// Whether one database can be asked.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DatabaseReadiness {
    /// The name of the database.
    pub name: String,
    /// Whether its fields of the graph answer.
    pub ready: bool,
    /// What is wrong and the command that mends it, or anything else worth knowing.
    pub message: Option<String>,
    /// Its newest revision.
    #[serde(skip)]
    pub revision: Option<String>,
    /// Bytes of its file or its tables.
    #[serde(skip)]
    pub bytes: Option<u64>,
    /// Bytes of its write-ahead log.
    #[serde(skip)]
    pub wal_bytes: Option<u64>,
}

pub(super) fn routes<E, F, R>(server: &Server<E>, ready: F) -> Router
where
    F: Fn() -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Readiness> + Send + 'static,
{
    let asked = Arc::new(ready);
    let ready = Arc::clone(&asked);
    let readyz = move || {
        let readiness = ready();
        async move {
            let readiness = readiness.await;
            let status =
                if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
            (status, [(header::CACHE_CONTROL, "no-store")], Json(readiness))
        }
    };
    let (gate, metrics) = (server.gate.clone(), server.metrics.clone());
    let figures = move |headers: HeaderMap| {
        let (gate, metrics, readiness) = (gate.clone(), metrics.clone(), asked());
        async move {
            match gate.authenticate(&headers).await {
                Ok(_) => {
                    let readiness = readiness.await;
                    metrics.page(&readiness, &readiness.pools)
                }
                Err(failure) => failure.respond(Media::Json).into_response(),
            }
        }
    };
    Router::new()
        .route("/healthz", routing::get(|| async { "ok" }))
        .route("/readyz", routing::get(readyz))
        .route("/metrics", routing::get(figures))
}
