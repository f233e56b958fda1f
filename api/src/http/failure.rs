//! A request that ends without having run, or without a response worth sending.

use std::time::Duration;

use async_graphql::{ErrorExtensionValues, Pos, Response as GraphQlResponse, ServerError};
use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};

use super::{accept::Media, answer};
use crate::document::Refusal;

/// Why a request was not answered.
#[derive(Debug)]
pub(crate) struct Failure {
    /// `None` leaves the status to the media type: the request was well-formed, the document was not.
    status: Option<StatusCode>,
    code: &'static str,
    message: String,
    locations: Vec<Pos>,
    header: Option<(HeaderName, HeaderValue)>,
}

impl Failure {
    fn new(
        status: impl Into<Option<StatusCode>>,
        code: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self {
            status: status.into(),
            code,
            message: message.into(),
            locations: Vec::new(),
            header: None,
        }
    }

    fn with(self, name: HeaderName, value: HeaderValue) -> Self {
        Self { header: Some((name, value)), ..self }
    }

    /// Try again when so much time has passed, in whole seconds.
    fn retry_after(self, wait: Duration) -> Self {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        self.with(header::RETRY_AFTER, seconds.max(1).into())
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BAD_REQUEST", message)
    }

    pub(super) fn unauthenticated(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", message)
            .with(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"almanac\""))
    }

    pub(super) fn unsupported_media_type() -> Self {
        let message = "the body has to be `application/json` in UTF-8";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", message)
    }

    pub(super) fn not_acceptable() -> Self {
        let message = "the answer is `application/graphql-response+json` or `application/json`";
        Self::new(StatusCode::NOT_ACCEPTABLE, "NOT_ACCEPTABLE", message)
    }

    pub(super) fn body_too_large(limit: usize) -> Self {
        let message = format!("the body has more than {limit} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE", message)
    }

    pub(super) fn slow_body() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "TIMEOUT", "the body took too long to arrive")
    }

    pub(super) fn only_queries() -> Self {
        let message = "GET is for queries: use POST";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message)
            .with(header::ALLOW, HeaderValue::from_static("POST"))
    }

    pub(super) fn needs_stream() -> Self {
        Self::new(None, "BAD_USER_INPUT", "a subscription needs a stream, not a single response")
    }

    pub(super) fn only_subscriptions() -> Self {
        Self::new(None, "BAD_USER_INPUT", "only subscriptions run here: use POST and JSON")
    }

    pub(super) fn too_many_subscriptions(limit: usize) -> Self {
        let message = format!("{limit} subscriptions of this connection run, which is the limit");
        Self::new(None, "RATE_LIMITED", message)
    }

    pub(super) fn too_many_connections() -> Self {
        let message = "there are too many connections of yours";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", message)
            .retry_after(Duration::from_secs(10))
    }

    pub(super) fn forbidden_origin() -> Self {
        let message = "pages of that origin may not open streams here";
        Self::new(StatusCode::FORBIDDEN, "FORBIDDEN", message)
    }

    pub(super) fn unknown_document() -> Self {
        let message = "no document of the server's list has that SHA-256";
        Self::new(None, "PERSISTED_QUERY_NOT_FOUND", message)
    }

    pub(super) fn only_listed_documents() -> Self {
        let message = "here you may send documents of the server's list only";
        Self::new(StatusCode::FORBIDDEN, "FORBIDDEN", message)
    }

    pub(super) fn no_introspection() -> Self {
        let message =
            "introspection is for those who have a token; the schema stands in the documentation";
        Self::new(None, "INTROSPECTION_DISABLED", message)
    }

    pub(super) fn rate_limited(wait: Duration) -> Self {
        let message = "you ask too often; `Retry-After` says when to come back";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", message).retry_after(wait)
    }

    pub(super) fn too_many_at_once(limit: usize) -> Self {
        let message = format!("{limit} operations of yours are running, which is the limit");
        Self::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", message)
            .retry_after(Duration::from_secs(1))
    }

    pub(super) fn overloaded() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "OVERLOADED", "too many operations at once")
            .retry_after(Duration::from_secs(1))
    }

    pub(super) fn unavailable(message: &str) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "DATABASE_UNAVAILABLE", message)
            .retry_after(Duration::from_secs(10))
    }

    pub(super) fn timeout(seconds: f64) -> Self {
        let message = format!("the operation took more than {seconds} s");
        Self::new(StatusCode::GATEWAY_TIMEOUT, "TIMEOUT", message)
    }

    pub(super) fn response_too_large(limit: usize) -> Self {
        Self::new(
            None,
            "RESPONSE_TOO_LARGE",
            format!("the response has more than {limit} bytes: ask for less"),
        )
    }

    pub(super) fn forbidden_host() -> Self {
        Self::new(StatusCode::FORBIDDEN, "FORBIDDEN", "this server does not answer to that `Host`")
    }

    pub(super) fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", "internal error")
    }

    /// The failure as a GraphQL error, without `data`.
    pub(crate) fn respond(self, media: Media) -> Response {
        let response = GraphQlResponse::from_errors(vec![self.error()]);
        let mut response = answer::failed(self.status.unwrap_or(media.refused()), media, &response);
        response.extensions_mut().insert(answer::Codes(vec![self.code.to_owned()]));
        if let Some((name, value)) = self.header {
            response.headers_mut().insert(name, value);
        }
        response
    }

    /// The failure as the errors of an operation, in JSON.
    pub(super) fn errors(&self) -> serde_json::Value {
        serde_json::to_value([self.error()]).unwrap_or_default()
    }

    fn error(&self) -> ServerError {
        let mut error = ServerError::new(self.message.clone(), None);
        error.locations.clone_from(&self.locations);
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", self.code);
        error.extensions = Some(extensions);
        answer::sign(&mut error);
        error
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self { locations: refusal.locations, ..Self::new(None, refusal.code, refusal.message) }
    }
}
