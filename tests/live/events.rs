//! Event streams, as bytes.

use almanac_api::http::{Gate, LiveLimits, Settings, Strangers};
use almanac_service::access::Tokens;
use serde_json::{Value as Json, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    elsewhere::{group, soon, write},
    server::Running,
    support::Engine,
};

const COUNTS: &str = "subscription { queueCounts { states { count } } }";

/// An answer as it comes in.
struct Answer {
    stream: TcpStream,
    text: String,
}

impl Answer {
    async fn to(server: &Running, query: &str, headers: &str) -> Self {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        let body = json!({ "query": query }).to_string();
        let request = format!(
            "POST /graphql HTTP/1.1\r\nhost: {}\r\naccept: text/event-stream\r\n\
             content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n{body}",
            server.address,
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        Self { stream, text: String::new() }
    }

    /// Reads until `part` has come; what came behind it stays for later.
    async fn until(&mut self, part: &str) -> String {
        let read = async {
            loop {
                if let Some(at) = self.text.find(part) {
                    let rest = self.text.split_off(at + part.len());
                    return std::mem::replace(&mut self.text, rest);
                }
                let mut bytes = [0; 4096];
                let count = self.stream.read(&mut bytes).await.unwrap();
                assert!(count > 0, "{part:?} was to come: {:?}", self.text);
                self.text.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
            }
        };
        soon(read).await
    }

    /// The data of the next event.
    async fn event(&mut self) -> Json {
        self.until("event: next\ndata: ").await;
        let data = self.until("\n").await;
        serde_json::from_str(data.trim()).unwrap()
    }

    /// Reads to the end.
    async fn rest(mut self) -> String {
        let mut rest = Vec::new();
        soon(self.stream.read_to_end(&mut rest)).await.unwrap();
        self.text + std::str::from_utf8(&rest).unwrap()
    }
}

#[tokio::test]
async fn a_subscription_is_a_stream_of_events() {
    let server = Running::new(Engine::Sqlite, Gate::of_this_machine(), Settings::default()).await;
    let mut answer = Answer::to(&server, COUNTS, "").await;
    let head = answer.until("\r\n\r\n").await.to_lowercase();
    assert!(head.starts_with("http/1.1 200"), "{head}");
    for header in
        ["content-type: text/event-stream", "cache-control: no-store", "x-accel-buffering: no"]
    {
        assert!(head.contains(header), "{head}");
    }
    assert_eq!(answer.event().await["data"]["queueCounts"]["states"][0]["count"], "0");
    write(&server.ingest, [group(0)]).await;
    assert_eq!(answer.event().await["data"]["queueCounts"]["states"][0]["count"], "1");
    // The server stops: no `complete`, for there would be more.
    server.stop().await;
    assert!(!answer.rest().await.contains("complete"));
}

#[tokio::test]
async fn what_cannot_run_is_told_in_the_stream() {
    let server = Running::new(Engine::Sqlite, Gate::of_this_machine(), Settings::default()).await;
    for (query, code) in [
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
        ("{ images { totalCount } }", "BAD_USER_INPUT"),
        ("subscription { jobProgress(id: \"9\") { position } }", "NOT_FOUND"),
    ] {
        let mut answer = Answer::to(&server, query, "").await;
        assert_eq!(answer.event().await["errors"][0]["extensions"]["code"], code, "{query}");
        answer.until("event: complete\n").await;
    }
    server.stop().await;
}

#[tokio::test]
async fn limits_are_those_of_sockets() {
    let folder = TempDir::new().unwrap();
    let gate = Gate::new(Tokens::within(folder.path()), Strangers::TurnedAway);
    let server = Running::new(Engine::Sqlite, gate, Settings::default()).await;
    let refused = Answer::to(&server, COUNTS, "").await.rest().await;
    assert!(refused.starts_with("HTTP/1.1 401"), "{refused}");
    server.stop().await;

    let few = LiveLimits { connections_per_address: 1, ..LiveLimits::default() };
    let settings = Settings { live: few, ..Settings::default() };
    let server = Running::new(Engine::Sqlite, Gate::of_this_machine(), settings).await;
    let foreign = Answer::to(&server, COUNTS, "origin: https://elsewhere.example\r\n").await;
    assert!(foreign.rest().await.starts_with("HTTP/1.1 403"));
    let mut one = Answer::to(&server, COUNTS, "").await;
    one.event().await;
    let two = Answer::to(&server, COUNTS, "").await.rest().await;
    assert!(two.starts_with("HTTP/1.1 429"), "{two}");
    server.stop().await;
}
