//! What holds for every answer of the server, whichever route gives it.

use std::any::Any;

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header, uri::Authority},
    middleware::{self, Next},
    response::Response,
};
use tower_http::catch_panic::CatchPanicLayer;

use super::{Settings, accept::Media, failure::Failure};

/// Wraps all routes of a server: a foreign `Host` is turned away, a panic becomes an error like any other, and every
/// answer carries the headers that keep browsers from guessing types, framing pages and telling where they were.
pub fn secure(routes: Router, settings: &Settings) -> Router {
    routes
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(settings.allowed_hosts.clone(), check_host))
        .layer(middleware::map_response(add_headers))
}

async fn check_host(
    State(allowed): State<Option<Vec<String>>>,
    request: Request,
    next: Next,
) -> Response {
    if allowed.is_none_or(|allowed| is_allowed(request.headers(), &allowed)) {
        next.run(request).await
    } else {
        Failure::forbidden_host().respond(Media::Json)
    }
}

fn is_allowed(headers: &HeaderMap, allowed: &[String]) -> bool {
    let host = headers.get(header::HOST).and_then(|host| Authority::try_from(host.as_bytes()).ok());
    host.is_some_and(|host| allowed.iter().any(|name| name.eq_ignore_ascii_case(host.host())))
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
