//! graphql-transport-ws, message by message.

use std::time::Duration;

use almanac_api::http::{Gate, LiveLimits, Settings, Strangers};
use almanac_entity::UnixTime;
use almanac_service::access::{Role, Tokens};
use serde_json::json;
use tempfile::TempDir;
use tokio_tungstenite::tungstenite::Message;

use crate::{
    elsewhere::{group, image, measurement_set, write},
    server::{Running, Socket},
    support::Engine,
};

const COUNTS: &str = "subscription { queueCounts { position } }";

fn limits(limits: LiveLimits) -> Settings {
    Settings { live: limits, ..Settings::default() }
}

/// What a client does that a socket is closed for.
#[derive(Clone, Copy, Debug)]
enum Fault {
    NoProtocol,
    Silence,
    SubscribesFirst,
    IntroducesItselfTwice,
    IdTwice,
    UnknownType,
    NoJson,
    Binary,
    NoQuery,
    EmptyId,
    UnknownToken,
    MessageTooLarge,
    ServerStops,
}

impl Fault {
    const ALL: [(Self, u16); 13] = [
        (Self::NoProtocol, 4406),
        (Self::Silence, 4408),
        (Self::SubscribesFirst, 4401),
        (Self::IntroducesItselfTwice, 4429),
        (Self::IdTwice, 4409),
        (Self::UnknownType, 4400),
        (Self::NoJson, 4400),
        (Self::Binary, 4400),
        (Self::NoQuery, 4400),
        (Self::EmptyId, 4400),
        (Self::UnknownToken, 4403),
        (Self::MessageTooLarge, 1009),
        (Self::ServerStops, 1001),
    ];

    async fn commit(self, server: &Running) -> Socket {
        match self {
            Self::NoProtocol => server.handshake(&[]).await.unwrap(),
            Self::Silence => server.connect().await,
            Self::SubscribesFirst => {
                let mut socket = server.connect().await;
                socket.subscribe("1", COUNTS).await;
                socket
            }
            Self::UnknownToken => {
                let mut socket = server.connect().await;
                let payload = json!({ "authorization": "Bearer almanac_nonsense" });
                socket.say(json!({ "type": "connection_init", "payload": payload })).await;
                socket
            }
            Self::IntroducesItselfTwice => {
                let mut socket = server.greet(json!({})).await;
                socket.say(json!({ "type": "connection_init" })).await;
                socket
            }
            Self::IdTwice => {
                let mut socket = server.greet(json!({})).await;
                socket.subscribe("1", COUNTS).await;
                socket.subscribe("1", COUNTS).await;
                socket
            }
            Self::UnknownType => Self::saying(server, r#"{"type":"start","id":"1"}"#).await,
            Self::NoJson => Self::saying(server, "{").await,
            Self::NoQuery => {
                Self::saying(server, r#"{"type":"subscribe","id":"1","payload":{"query":1}}"#).await
            }
            Self::EmptyId => {
                Self::saying(server, r#"{"type":"subscribe","id":"","payload":{"query":"x"}}"#)
                    .await
            }
            Self::Binary => {
                let mut socket = server.greet(json!({})).await;
                socket.send(Message::binary(&b"{}"[..])).await;
                socket
            }
            Self::MessageTooLarge => Self::saying(server, &" ".repeat(64 * 1024 + 1)).await,
            Self::ServerStops => {
                let socket = server.greet(json!({})).await;
                server.tell_to_stop();
                socket
            }
        }
    }

    async fn saying(server: &Running, text: &str) -> Socket {
        let mut socket = server.greet(json!({})).await;
        socket.send(Message::text(text)).await;
        socket
    }
}

#[tokio::test]
async fn every_fault_has_its_close_code() {
    let quick = LiveLimits { init_time: Duration::from_millis(500), ..LiveLimits::default() };
    let server = Running::new(Engine::Sqlite, Gate::of_this_machine(), limits(quick)).await;
    for (fault, code) in Fault::ALL {
        let mut socket = fault.commit(&server).await;
        assert_eq!(socket.closed().await, code, "{fault:?}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_conversation_follows_the_protocol() {
    let server = Running::new(Engine::Sqlite, Gate::of_this_machine(), Settings::default()).await;
    let mut socket = server.connect().await;
    socket.say(json!({ "type": "ping" })).await;
    assert_eq!(socket.hear().await, json!({ "type": "pong" }));
    socket.say(json!({ "type": "connection_init" })).await;
    assert_eq!(socket.hear().await, json!({ "type": "connection_ack" }));
    socket.say(json!({ "type": "ping", "payload": { "a": 1 } })).await;
    assert_eq!(socket.hear().await, json!({ "type": "pong", "payload": { "a": 1 } }));
    // What belongs to nothing is no fault.
    socket.say(json!({ "type": "complete", "id": "unknown" })).await;
    socket.say(json!({ "type": "pong" })).await;

    let count = "subscription { queueCounts { states { count } } }";
    socket.subscribe("a", count).await;
    let told = socket.hear().await;
    assert_eq!((&told["id"], &told["type"]), (&json!("a"), &json!("next")));
    assert_eq!(told["payload"]["data"]["queueCounts"]["states"][0]["count"], "0");
    write(&server.ingest, [group(0)]).await;
    let told = socket.hear().await;
    assert_eq!(told["payload"]["data"]["queueCounts"]["states"][0]["count"], "1");

    // Once completed, an id may be used again, and its events do not come any more.
    socket.say(json!({ "type": "complete", "id": "a" })).await;
    socket.subscribe("a", count).await;
    assert_eq!(socket.hear().await["payload"]["data"]["queueCounts"]["states"][0]["count"], "1");

    for (query, code) in [
        ("{ images { totalCount } }", "BAD_USER_INPUT"),
        ("mutation { __typename }", "BAD_USER_INPUT"),
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { jobProgress(id: \"9\") { position } }", "NOT_FOUND"),
    ] {
        socket.subscribe("b", query).await;
        let told = socket.hear().await;
        assert_eq!((&told["id"], &told["type"]), (&json!("b"), &json!("error")), "{query}: {told}");
        assert_eq!(told["payload"][0]["extensions"]["code"], code, "{query}: {told}");
    }
    server.stop().await;
}

#[tokio::test]
async fn who_says_good_bye_is_answered() {
    let server = Running::new(Engine::Sqlite, Gate::of_this_machine(), Settings::default()).await;
    let mut socket = server.greet(json!({})).await;
    socket.subscribe("1", COUNTS).await;
    assert_eq!(socket.hear().await["type"], "next");
    socket.close().await;
    assert_eq!(socket.closed().await, 1000);
    server.stop().await;
}

#[tokio::test]
async fn a_connection_has_ten_subscriptions() {
    let server = Running::new(Engine::Sqlite, Gate::of_this_machine(), Settings::default()).await;
    let mut socket = server.greet(json!({})).await;
    for number in 0..10 {
        socket.subscribe(&number.to_string(), COUNTS).await;
        assert_eq!(socket.hear().await["type"], "next");
    }
    socket.subscribe("one too many", COUNTS).await;
    let told = socket.hear().await;
    assert_eq!((&told["id"], &told["type"]), (&json!("one too many"), &json!("error")));
    socket.say(json!({ "type": "complete", "id": "3" })).await;
    socket.subscribe("another", COUNTS).await;
    assert_eq!(socket.hear().await["type"], "next");
    server.stop().await;
}

#[tokio::test]
async fn pages_of_other_origins_and_too_many_connections_are_refused() {
    let few = LiveLimits { connections_per_address: 2, ..LiveLimits::default() };
    let settings =
        Settings { allowed_origins: vec!["https://dashboard.example".to_owned()], ..limits(few) };
    let server = Running::new(Engine::Sqlite, Gate::of_this_machine(), settings).await;
    let own = format!("http://{}", server.address);
    let protocol = ("sec-websocket-protocol", "graphql-transport-ws");
    let foreign = server.handshake(&[protocol, ("origin", "https://elsewhere.example")]).await;
    assert_eq!(foreign.err().map(|status| status.as_u16()), Some(403));
    let one = server.handshake(&[protocol, ("origin", &own)]).await.unwrap();
    let two = server.handshake(&[protocol, ("origin", "https://dashboard.example")]).await.unwrap();
    let three = server.handshake(&[protocol]).await;
    assert_eq!(three.err().map(|status| status.as_u16()), Some(429));
    drop((one, two));
    server.stop().await;
}

#[tokio::test]
async fn a_token_is_asked_for_and_looked_at_again() {
    let folder = TempDir::new().unwrap();
    let tokens = Tokens::within(folder.path());
    let (_, secret) =
        tokens.create(Role::Viewer, "anna", None, [7; 32], UnixTime(1.0)).await.unwrap();
    let gate = Gate::new(tokens.clone(), Strangers::TurnedAway);
    let often = LiveLimits {
        recheck_interval: Duration::from_millis(50),
        connections_each: 1,
        ..LiveLimits::default()
    };
    let server = Running::new(Engine::Sqlite, gate, limits(often)).await;
    let mut stranger = server.connect().await;
    stranger.say(json!({ "type": "connection_init" })).await;
    assert_eq!(stranger.closed().await, 4403);

    let bearer = format!("Bearer {}", secret.reveal());
    let mut known = server.greet(json!({ "authorization": bearer })).await;
    known.subscribe("1", COUNTS).await;
    assert_eq!(known.hear().await["type"], "next");
    let mut second = server.connect().await;
    second.say(json!({ "type": "connection_init", "payload": { "authorization": bearer } })).await;
    assert_eq!(second.closed().await, 1013);

    tokens.revoke("anna", UnixTime(2.0)).await.unwrap();
    assert_eq!(known.closed().await, 4403);
    server.stop().await;
}

#[tokio::test]
async fn who_is_silent_is_asked_whether_anybody_is_there() {
    let often = LiveLimits { ping_interval: Duration::from_millis(50), ..LiveLimits::default() };
    let server = Running::new(Engine::Sqlite, Gate::of_this_machine(), limits(often)).await;
    let mut socket = server.greet(json!({})).await;
    // Whoever answers stays.
    for _ in 0..3 {
        socket.hear_ping().await;
    }
    socket.subscribe("1", COUNTS).await;
    assert_eq!(socket.hear().await["type"], "next");
    server.stop().await;
}

/// Sockets, each with as many subscriptions as it may have.
const SOCKETS: usize = 50;
const EACH: usize = 10;
const ROWS: usize = 100;

async fn five_hundred_subscriptions_over_sockets(engine: Engine) {
    let server = Running::new(engine, Gate::of_this_machine(), Settings::default()).await;
    write(&server.products, [measurement_set()]).await;
    let mut listening = Vec::new();
    for _ in 0..SOCKETS {
        let mut socket = server.greet(json!({})).await;
        for id in 0..EACH {
            socket
                .subscribe(&id.to_string(), "subscription { imageAdded { image { path } } }")
                .await;
        }
        listening.push(socket);
    }
    server.followed((SOCKETS * EACH) as u64).await;
    let mut tasks = Vec::new();
    for mut socket in listening {
        tasks.push(tokio::spawn(async move {
            let mut seen = vec![Vec::new(); EACH];
            while seen.iter().any(|seen| seen.len() < ROWS) {
                let text = socket.hear_text().await;
                let told: serde_json::Value = serde_json::from_str(&text).unwrap();
                let id: usize = told["id"].as_str().unwrap().parse().unwrap();
                let path = told["payload"]["data"]["imageAdded"]["image"]["path"].as_str().unwrap();
                seen[id].push(path.to_owned());
            }
            (socket, seen)
        }));
    }
    write(&server.products, (1..=ROWS).map(image)).await;
    let written: Vec<String> = (1..=ROWS).map(|number| format!("/{number:06}.fits")).collect();
    for task in tasks {
        let (_socket, seen) = task.await.unwrap();
        assert!(seen.iter().all(|seen| *seen == written));
    }
    server.stop().await;
}

crate::support::engines!(five_hundred_subscriptions_over_sockets);
