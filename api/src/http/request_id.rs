//! The id of a request: what a client, the log and the change log call it by.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use tracing::Instrument;
use uuid::Uuid;

use crate::graphql::RequestId;

/// The header that brings it and takes it back.
pub(super) const HEADER: HeaderName = HeaderName::from_static("x-request-id");
/// Characters of an id that a client chose.
const LENGTH: usize = 100;

tokio::task_local! {
    static CURRENT: RequestId;
}

/// The id of the request that is being answered.
pub(crate) fn current() -> Option<RequestId> {
    CURRENT.try_with(Clone::clone).ok()
}

/// The id that the client chose, if it is one, else a new one.
fn of(headers: &HeaderMap) -> String {
    let chosen = headers.get(HEADER).and_then(|value| value.to_str().ok());
    chosen.filter(|id| is_id(id)).map_or_else(|| Uuid::now_v7().to_string(), str::to_owned)
}

/// What can neither break a line of the log nor fill it.
fn is_id(text: &str) -> bool {
    (1..=LENGTH).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte))
}

/// Answers a request under its id.
pub(super) async fn name(mut request: Request, next: Next) -> Response {
    let id = of(request.headers());
    let value = HeaderValue::from_str(&id).expect("an id is visible ASCII");
    let span = tracing::info_span!("request", id);
    let id = RequestId(id);
    request.extensions_mut().insert(id.clone());
    let mut response = CURRENT.scope(id, next.run(request)).instrument(span).await;
    response.headers_mut().insert(HEADER, value);
    response
}
