//! Alerts sent to programs over HTTP.

use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};

use super::{Adapter, Notice, WebhookTarget};
use crate::StageFailure;

/// The most that is kept of an answer, bytes.
const MOST: usize = 2_000;

/// Posts alerts as JSON to a URL.
pub(super) struct Webhook {
    target: WebhookTarget,
    client: Client,
}

impl Webhook {
    pub(super) fn new(target: WebhookTarget, client: Client) -> Self {
        Self { target, client }
    }
}

#[async_trait::async_trait]
impl Adapter for Webhook {
    async fn deliver(&self, notice: &Notice) -> Result<Option<Value>, StageFailure> {
        let mut request = self
            .client
            .post(self.target.url().clone())
            // Lets the other side tell a second delivery from a second alert.
            .header("Idempotency-Key", notice.alert.id.to_string())
            .json(&notice.to_json());
        if let Some(secret) = self.target.secret() {
            request = request.header(reqwest::header::AUTHORIZATION, secret.to_header());
        }
        let channel = &notice.channel;
        let response = request.send().await.map_err(|error| {
            // The URL may hold a secret.
            let error = chain(&error.without_url());
            StageFailure::retryable(format!("{channel} cannot be reached: {error}"))
        })?;
        let status = response.status();
        let body = self.target.without_secret(&beginning(response).await);
        if status.is_success() {
            return Ok(Some(json!({ "status": status.as_u16(), "body": body })));
        }
        let message = match body.as_str() {
            "" => format!("{channel} answered {status}"),
            body => format!("{channel} answered {status}: {body}"),
        };
        Err(StageFailure { message, is_retryable: may_change(status) })
    }
}

/// Whether another try may be answered otherwise.
fn may_change(status: StatusCode) -> bool {
    let asks_to_wait = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS];
    status.is_server_error() || asks_to_wait.contains(&status)
}

/// The beginning of an answer, as text. An answer that breaks off ends there: its status has come.
async fn beginning(mut response: Response) -> String {
    let mut bytes = Vec::new();
    while bytes.len() < MOST {
        match response.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) | Err(_) => break,
        }
    }
    bytes.truncate(MOST);
    // PostgreSQL keeps no text with this character.
    String::from_utf8_lossy(&bytes).replace('\0', "").trim().to_owned()
}

/// What an error and those behind it say.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
