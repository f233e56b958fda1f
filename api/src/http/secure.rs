//! What holds for every answer of the server, whichever route gives it.

use std::{any::Any, time::Duration};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, header, uri::Authority},
    middleware::{self, Next},
    response::Response,
};
use tower_http::{catch_panic::CatchPanicLayer, cors::CorsLayer};

use super::{Settings, accept::Media, failure::Failure, request_id};

/// How long a browser may remember what it was allowed.
const CORS_AGE: Duration = Duration::from_mins(10);

/// The names of this machine's own loopback.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// Wraps all routes of a server: every request gets an id, a foreign `Host` is turned away, a panic becomes an error
/// like any other, pages of foreign origins read nothing unless they are named, and every answer carries the headers
/// that keep browsers from guessing types, framing pages and telling where they were.
pub fn secure(routes: Router, settings: &Settings) -> Router {
    routes
        .layer(CatchPanicLayer::custom(panicked))
        .layer(cors(&settings.allowed_origins))
        .layer(middleware::from_fn_with_state(settings.allowed_hosts.clone(), check_host))
        .layer(middleware::map_response(add_headers))
        .layer(middleware::from_fn(request_id::name))
}

/// What pages of other origins may do. No credentials go with it: a token is sent by who knows it.
fn cors(origins: &[String]) -> CorsLayer {
    let origins: Vec<HeaderValue> =
        origins.iter().filter_map(|origin| origin.parse().ok()).collect();
    if origins.is_empty() {
        return CorsLayer::new();
    }
    CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([
            header::ACCEPT,
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            request_id::HEADER,
        ])
        .expose_headers([header::RETRY_AFTER, request_id::HEADER])
        .max_age(CORS_AGE)
}

/// Whether a page may open a stream: browsers let pages of any origin open `WebSockets`. What sends no `Origin` is no
/// browser.
pub(crate) fn is_origin_allowed(headers: &HeaderMap, settings: &Settings) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let is_own = origin.split_once("://").is_some_and(|(_, named)| Some(named) == host);
    is_own || settings.allowed_origins.iter().any(|allowed| allowed == origin)
}

async fn check_host(
    State(allowed): State<Option<Vec<String>>>,
    request: Request,
    next: Next,
) -> Response {
    let is_allowed = match allowed {
        None => is_allowed(request.headers(), &LOOPBACK),
        Some(names) => names.is_empty() || is_allowed(request.headers(), &names),
    };
    if is_allowed {
        next.run(request).await
    } else {
        Failure::forbidden_host().respond(Media::Json)
    }
}

fn is_allowed(headers: &HeaderMap, allowed: &[impl AsRef<str>]) -> bool {
    let host = headers.get(header::HOST).and_then(|host| Authority::try_from(host.as_bytes()).ok());
    host.is_some_and(|host| {
        allowed.iter().any(|name| name.as_ref().eq_ignore_ascii_case(host.host()))
    })
}

#[expect(clippy::needless_pass_by_value, reason = "the layer hands the panic over")]
fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or(panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!(message = text.unwrap_or("no message"), "a request panicked");
    Failure::internal().respond(Media::Json)
}

async fn add_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    response
}
