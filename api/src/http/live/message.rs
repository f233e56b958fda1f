//! The messages of graphql-transport-ws.

use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

/// What a client may say.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum FromClient {
    ConnectionInit { payload: Option<Map<String, Json>> },
    Ping { payload: Option<Map<String, Json>> },
    Pong {},
    Subscribe { id: String, payload: Map<String, Json> },
    Complete { id: String },
}

impl FromClient {
    /// Reads a message.
    ///
    /// # Errors
    /// What the close frame says.
    pub(super) fn read(text: &str) -> Result<Self, &'static str> {
        let message = serde_json::from_str(text).map_err(|error| match error.classify() {
            serde_json::error::Category::Data => "Invalid message: of no type of the protocol",
            _ => "Invalid message: not JSON",
        })?;
        match &message {
            Self::Subscribe { id, .. } | Self::Complete { id } if id.is_empty() => {
                Err("Invalid message: the id is empty")
            }
            _ => Ok(message),
        }
    }
}

pub(super) fn acknowledgement() -> String {
    r#"{"type":"connection_ack"}"#.to_owned()
}

pub(super) fn pong(payload: Option<Map<String, Json>>) -> String {
    match payload {
        Some(payload) => json!({ "type": "pong", "payload": payload }).to_string(),
        None => r#"{"type":"pong"}"#.to_owned(),
    }
}

/// A result, which is JSON already.
pub(super) fn next(id: &str, result: &str) -> String {
    format!(r#"{{"id":{},"type":"next","payload":{result}}}"#, Json::from(id))
}

/// The errors of an operation that does not run, as a JSON array.
pub(super) fn error(id: &str, errors: &Json) -> String {
    format!(r#"{{"id":{},"type":"error","payload":{errors}}}"#, Json::from(id))
}

pub(super) fn complete(id: &str) -> String {
    format!(r#"{{"id":{},"type":"complete"}}"#, Json::from(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_protocol_knows_is_read_and_nothing_else() {
        let read = |text| FromClient::read(text).ok();
        assert_eq!(
            read(r#"{"type":"connection_init","payload":null,"more":1}"#),
            Some(FromClient::ConnectionInit { payload: None })
        );
        assert_eq!(read(r#"{"type":"pong","payload":{"a":1}}"#), Some(FromClient::Pong {}));
        assert_eq!(
            read(r#"{"type":"complete","id":"1"}"#),
            Some(FromClient::Complete { id: "1".to_owned() })
        );
        for bad in [
            "",
            "[]",
            "1",
            r#"{"type":"start","id":"1","payload":{}}"#,
            r#"{"type":"subscribe","payload":{}}"#,
            r#"{"type":"subscribe","id":"","payload":{}}"#,
            r#"{"type":"subscribe","id":1,"payload":{}}"#,
            r#"{"type":"subscribe","id":"1"}"#,
            r#"{"type":"ping","payload":"text"}"#,
            r#"{"type":"next","id":"1","payload":{}}"#,
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn ids_are_escaped() {
        let said: Json = serde_json::from_str(&next("a\"b", r#"{"data":1}"#)).unwrap();
        assert_eq!(said, json!({ "id": "a\"b", "type": "next", "payload": { "data": 1 } }));
    }
}
