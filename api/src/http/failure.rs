//! A request that ends without having run, or without a response worth sending.

use async_graphql::{ErrorExtensionValues, Pos, Response as GraphQlResponse, ServerError};
use axum::{
    http::{HeaderName, StatusCode, header},
    response::Response,
};

use super::{accept::Media, answer};
use crate::document::Refusal;

#[derive(Debug)]
pub(super) struct Failure {
    /// `None` leaves the status to the media type: the request was well-formed, the document was not.
    status: Option<StatusCode>,
    code: &'static str,
    message: String,
    locations: Vec<Pos>,
    header: Option<(HeaderName, &'static str)>,
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

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BAD_REQUEST", message)
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
        let failure = Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "METHOD_NOT_ALLOWED",
            "GET is for queries: use POST",
        );
        Self { header: Some((header::ALLOW, "POST")), ..failure }
    }

    pub(super) fn needs_stream() -> Self {
        Self::new(None, "BAD_USER_INPUT", "a subscription needs a stream, not a single response")
    }

    pub(super) fn overloaded() -> Self {
        let failure =
            Self::new(StatusCode::SERVICE_UNAVAILABLE, "OVERLOADED", "too many operations at once");
        Self { header: Some((header::RETRY_AFTER, "1")), ..failure }
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
    pub(super) fn respond(self, media: Media) -> Response {
        let mut error = ServerError::new(self.message, None);
        error.locations = self.locations;
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", self.code);
        error.extensions = Some(extensions);
        let response = GraphQlResponse::from_errors(vec![error]);
        let mut response = answer::failed(self.status.unwrap_or(media.refused()), media, &response);
        if let Some((name, value)) = self.header {
            response.headers_mut().insert(name, axum::http::HeaderValue::from_static(value));
        }
        response
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self { locations: refusal.locations, ..Self::new(None, refusal.code, refusal.message) }
    }
}
