//! The clients that people use, against our server: npm's `graphql-ws` and `graphql-sse`.

use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use almanac_api::http::{Gate, Settings};
use serde_json::{Value as Json, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::{
    elsewhere::{image, measurement_set, soon, write},
    server::Running,
    support::Engine,
};

/// Where `make conformance-tools` puts the packages.
fn packages() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/conformance")
}

/// A client that runs; it does not outlive the test.
struct Client(Child);

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.0.kill();
    }
}

/// What a program prints, line by line.
fn lines(child: &mut Child) -> UnboundedReceiver<String> {
    let output = BufReader::new(child.stdout.take().unwrap());
    let (send, receive) = unbounded_channel();
    std::thread::spawn(move || {
        for line in output.lines().map_while(Result::ok) {
            let _ = send.send(line);
        }
    });
    receive
}

async fn line(lines: &mut UnboundedReceiver<String>) -> Json {
    let line = soon(lines.recv()).await.expect("the client goes on");
    serde_json::from_str(&line).unwrap()
}

async fn goes_on_where_it_was(transport: &str, scheme: &str) {
    let server = Running::new(Engine::Sqlite, Gate::of_this_machine(), Settings::default()).await;
    write(&server.products, [measurement_set()]).await;
    let folder = packages();
    assert!(
        folder.join("node_modules/graphql-ws").exists(),
        "run `make conformance-tools`, which installs the clients in {}",
        folder.display()
    );
    let client = Command::new("node")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/live/clients.mjs"))
        .arg(&folder)
        .args([transport, &server.url(scheme)])
        .stdout(Stdio::piped())
        .spawn()
        .expect("node runs");
    let mut client = Client(client);
    let mut lines = lines(&mut client.0);
    server.followed(1).await;
    write(&server.products, (1..=5).map(image)).await;
    let path = |number: usize| format!("/{number:06}.fits");
    assert_eq!(line(&mut lines).await, json!([1, 2, 3].map(path)));
    write(&server.products, [image(6)]).await;
    assert_eq!(line(&mut lines).await, json!([4, 5, 6].map(path)));
    assert_eq!(
        line(&mut lines).await,
        json!(["GRAPHQL_PARSE_FAILED", "BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED"])
    );
    assert!(soon(lines.recv()).await.is_none(), "it has nothing more to say");
    assert!(client.0.wait().unwrap().success());
    server.stop().await;
}

#[tokio::test]
async fn graphql_ws_goes_on_where_it_was() {
    goes_on_where_it_was("ws", "ws").await;
}

#[tokio::test]
async fn graphql_sse_goes_on_where_it_was() {
    goes_on_where_it_was("sse", "http").await;
}
