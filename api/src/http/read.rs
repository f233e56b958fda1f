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

/// The parameters of a GraphQL request; others are ignored, as the draft has it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    query: String,
    operation_name: Option<String>,
    #[serde(default)]
    variables: Variables,
    extensions: Option<HashMap<String, Value>>,
}

impl From<Parameters> for Request {
    fn from(parameters: Parameters) -> Self {
        let mut request = Self::new(parameters.query).variables(parameters.variables);
        request.operation_name = parameters.operation_name;
        request.extensions.0 = parameters.extensions.unwrap_or_default();
        request
    }
}

pub(super) async fn body(
    request: http::Request<Body>,
    settings: &Settings,
) -> Result<Request, Failure> {
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
        Some(b'{') => Ok(json::<Parameters>(&bytes, "the body")?.into()),
        Some(b'[') => {
            Err(Failure::bad_request("batches are not supported: send one operation per request"))
        }
        _ => Err(Failure::bad_request("the body has to be a JSON object")),
    }
}

pub(super) fn uri(uri: &Uri) -> Result<Request, Failure> {
    let Query(mut given) = Query::<HashMap<String, String>>::try_from_uri(uri)
        .map_err(|_| Failure::bad_request("the parameters of the address cannot be read"))?;
    let query = given
        .remove("query")
        .ok_or_else(|| Failure::bad_request("the parameter `query` is missing"))?;
    Ok(Parameters {
        query,
        operation_name: given.remove("operationName"),
        variables: object(&given, "variables")?.unwrap_or_default(),
        extensions: object(&given, "extensions")?,
    }
    .into())
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
