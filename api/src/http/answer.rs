//! From the executor's response to an HTTP response.

use std::io::{self, Write};

use async_graphql::{ErrorExtensionValues, Response as GraphQlResponse, ServerError, Value, value};
use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{Settings, accept::Media, failure::Failure, request_id};

/// A response of the executor, ready to leave the house.
pub(super) fn executed(
    media: Media,
    mut response: GraphQlResponse,
    settings: &Settings,
) -> Result<Response, Failure> {
    let ran = settled(&mut response, settings);
    let headers = std::mem::take(&mut response.http_headers);
    let bytes = json(&response, ran, settings)?;

    let status = if ran { StatusCode::OK } else { media.refused() };
    let mut answer = reply(status, media, bytes);
    answer.headers_mut().extend(headers);
    answer.extensions_mut().insert(Codes(response.errors.iter().filter_map(code).collect()));
    Ok(answer)
}

/// An event of a subscription, as JSON.
pub(super) fn text(mut response: GraphQlResponse, settings: &Settings) -> Result<String, Failure> {
    let ran = settled(&mut response, settings);
    let bytes = json(&response, ran, settings)?;
    Ok(String::from_utf8(bytes).expect("JSON is UTF-8"))
}

/// The errors of an operation that did not begin, as JSON.
pub(super) fn errors(mut response: GraphQlResponse, settings: &Settings) -> serde_json::Value {
    settled(&mut response, settings);
    serde_json::to_value(&response.errors).unwrap_or_default()
}

/// Makes the errors of a response fit to be seen; whether the operation ran.
fn settled(response: &mut GraphQlResponse, settings: &Settings) -> bool {
    let ran = ran(response);
    let omitted = response.errors.len().saturating_sub(settings.errors);
    if omitted > 0 {
        response.errors.truncate(settings.errors);
        response.extensions.insert("omittedErrors".into(), Value::from(omitted));
    }
    for error in &mut response.errors {
        settle(error, ran);
        sign(error);
    }
    ran
}

fn json(
    response: &GraphQlResponse,
    has_data: bool,
    settings: &Settings,
) -> Result<Vec<u8>, Failure> {
    let mut bytes = Capped { bytes: Vec::new(), limit: settings.response_bytes };
    serde_json::to_writer(&mut bytes, &Payload { response, has_data })
        .map_err(|_| Failure::response_too_large(settings.response_bytes))?;
    Ok(bytes.bytes)
}

/// A response that has nothing but errors.
pub(super) fn failed(status: StatusCode, media: Media, response: &GraphQlResponse) -> Response {
    let body = serde_json::to_vec(&Payload { response, has_data: false }).unwrap_or_default();
    reply(status, media, body)
}

fn reply(status: StatusCode, media: Media, body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, media.content_type());
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Whether the operation ran: errors of parsing and validation have no data and no path.
fn ran(response: &GraphQlResponse) -> bool {
    response.is_ok()
        || response.data != Value::Null
        || response.errors.iter().any(|error| !error.path.is_empty())
}

/// Gives an error its code, and takes its message away if nobody meant it for the client.
fn settle(error: &mut ServerError, ran: bool) {
    let code = error.extensions.as_ref().and_then(|extensions| extensions.get("code"));
    let code = match code {
        Some(_) => return,
        None if !ran => "GRAPHQL_VALIDATION_FAILED",
        None if is_about_input(error) => "BAD_USER_INPUT",
        None => {
            tracing::error!(message = error.message, path = ?error.path, "an operation failed");
            error.message = "internal error".into();
            "INTERNAL"
        }
    };
    error.extensions.get_or_insert_with(ErrorExtensionValues::default).set("code", code);
}

/// The codes of a response's errors, for whoever counts them.
#[derive(Clone, Debug, Default)]
pub(super) struct Codes(pub(super) Vec<String>);

fn code(error: &ServerError) -> Option<String> {
    match error.extensions.as_ref()?.get("code")? {
        Value::String(code) => Some(code.clone()),
        _ => None,
    }
}

/// Says which request an error is of, so that its author can name it to who reads the log.
pub(super) fn sign(error: &mut ServerError) {
    if let Some(id) = request_id::current() {
        let extensions = error.extensions.get_or_insert_with(ErrorExtensionValues::default);
        extensions.set("requestId", id.0);
    }
}

/// Whether the executor made the error of an argument it could not read. Such errors have no source and one of two
/// beginnings; an error that a resolver passed on with `?` has a source.
fn is_about_input(error: &ServerError) -> bool {
    let beginnings = [r#"Failed to parse ""#, r#"Expected input type ""#];
    error.source.is_none()
        && beginnings.iter().any(|beginning| error.message.starts_with(beginning))
}

/// The cost of an operation, for the extensions of its response.
pub(super) fn cost(requested: u64, limit: u64) -> Value {
    value!({ "requested": requested, "limit": limit })
}

/// The JSON of a response. An operation that did not run has no `data`, not even null.
struct Payload<'a> {
    response: &'a GraphQlResponse,
    has_data: bool,
}

impl Serialize for Payload<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if !self.response.errors.is_empty() {
            map.serialize_entry("errors", &self.response.errors)?;
        }
        if self.has_data {
            map.serialize_entry("data", &self.response.data)?;
        }
        if !self.response.extensions.is_empty() {
            map.serialize_entry("extensions", &self.response.extensions)?;
        }
        map.end()
    }
}

/// A buffer that refuses to grow beyond its limit.
struct Capped {
    bytes: Vec<u8>,
    limit: usize,
}

impl Write for Capped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > self.limit {
            return Err(io::Error::other("the response is too large"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
