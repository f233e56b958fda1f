//! From an HTTP request to a GraphQL request.

use std::collections::HashMap;

use async_graphql::{Request, Value, Variables};
use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, Query},
    http::{self, StatusCode, Uri},
    response::IntoResponse,
};
use serde::{Deserialize, de::DeserializeOwned};

use super::{Settings, accept, failure::Failure};

/// A request, and the hash of the document that it names instead of sending it, or to be sure of it.
pub(super) struct Asked {
    pub(super) request: Request,
    pub(super) document_id: Option<String>,
}

/// The parameters of a GraphQL request; others are ignored, as the draft has it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    query: Option<String>,
    document_id: Option<String>,
    operation_name: Option<String>,
    #[serde(default)]
    variables: Variables,
    extensions: Option<HashMap<String, Value>>,
}

impl Parameters {
    fn asked(self) -> Result<Asked, Failure> {
        let document_id = self.named()?;
        let query = match self.query {
            Some(query) => query,
            None if document_id.is_some() => String::new(),
            None => return Err(Failure::bad_request("the parameter `query` is missing")),
        };
        let mut request = Request::new(query).variables(self.variables);
        request.operation_name = self.operation_name;
        request.extensions.0 = self.extensions.unwrap_or_default();
        Ok(Asked { request, document_id })
    }

    /// The SHA-256 of a document, as the draft names it or as Apollo's clients do.
    fn named(&self) -> Result<Option<String>, Failure> {
        if let Some(id) = &self.document_id {
            let hash = id.strip_prefix("sha256:").ok_or_else(|| {
                Failure::bad_request("`documentId` has to be `sha256:` and the hash in hexadecimal")
            })?;
            return Ok(Some(hash.to_owned()));
        }
        let extension = self.extensions.as_ref().and_then(|given| given.get("persistedQuery"));
        let Some(Value::Object(fields)) = extension else { return Ok(None) };
        match fields.get("sha256Hash") {
            Some(Value::String(hash)) => Ok(Some(hash.clone())),
            _ => Err(Failure::bad_request("`persistedQuery` needs a text `sha256Hash`")),
        }
    }
}

/// The request in a message of a socket.
pub(super) fn message(
    payload: serde_json::Map<String, serde_json::Value>,
) -> Result<Asked, Failure> {
    let parameters: Result<Parameters, _> = serde_json::from_value(payload.into());
    parameters.map_err(|error| Failure::bad_request(error.to_string()))?.asked()
}

pub(super) async fn body(
    request: http::Request<Body>,
    settings: &Settings,
) -> Result<Asked, Failure> {
    if !accept::is_json(request.headers()) {
        return Err(Failure::unsupported_media_type());
    }
    let bytes = tokio::time::timeout(settings.body_time, Bytes::from_request(request, &()))
        .await
        .map_err(|_| Failure::slow_body())?
        .map_err(|rejection| match rejection.into_response().status() {
            StatusCode::PAYLOAD_TOO_LARGE => Failure::body_too_large(settings.body_bytes),
            _ => Failure::bad_request("the body could not be read"),
        })?;
    // Asked first, because serde would read an array as the parameters in their order.
    match bytes.trim_ascii_start().first() {
        Some(b'{') => json::<Parameters>(&bytes, "the body")?.asked(),
        Some(b'[') => {
            Err(Failure::bad_request("batches are not supported: send one operation per request"))
        }
        _ => Err(Failure::bad_request("the body has to be a JSON object")),
    }
}

pub(super) fn uri(uri: &Uri) -> Result<Asked, Failure> {
    let Query(mut given) = Query::<HashMap<String, String>>::try_from_uri(uri)
        .map_err(|_| Failure::bad_request("the parameters of the address cannot be read"))?;
    let parameters = Parameters {
        query: given.remove("query"),
        document_id: given.remove("documentId"),
        operation_name: given.remove("operationName"),
        variables: object(&given, "variables")?.unwrap_or_default(),
        extensions: object(&given, "extensions")?,
    };
    parameters.asked()
}

/// A parameter of the address that holds a JSON object.
fn object<T: DeserializeOwned>(
    given: &HashMap<String, String>,
    name: &str,
) -> Result<Option<T>, Failure> {
    let Some(text) = given.get(name).filter(|text| !text.is_empty()) else { return Ok(None) };
    json(text.as_bytes(), &format!("`{name}`"))
}

fn json<T: DeserializeOwned>(bytes: &[u8], what: &str) -> Result<T, Failure> {
    serde_json::from_slice(bytes)
        .map_err(|error| Failure::bad_request(format!("{what} is not as expected: {error}")))
}
