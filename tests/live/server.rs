//! A server to talk to, as `almanac serve` is.

use std::{net::SocketAddr, sync::atomic::Ordering, time::Duration};

use almanac_api::{
    document::{Checker, Limits},
    http::{Gate, Rates, Readiness, Server, Settings, Streams, router},
    live_graph, sdl,
};
use almanac_database::Database;
use almanac_service::{
    Sessions,
    live::{Live, Settings as LiveSettings},
};
use futures::{SinkExt, StreamExt};
use serde_json::{Value as Json, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{
        Error, Message,
        client::IntoClientRequest,
        http::StatusCode,
        protocol::{CloseFrame, frame::coding::CloseCode},
    },
};

use crate::{
    elsewhere::soon,
    support::{Engine, TestDatabase},
};

pub(crate) struct Running {
    pub(crate) ingest: TestDatabase,
    pub(crate) products: TestDatabase,
    pub(crate) address: SocketAddr,
    streams: Streams,
    live: Live,
    stopping: tokio::sync::watch::Sender<bool>,
    task: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Running {
    pub(crate) async fn new(engine: Engine, gate: Gate, settings: Settings) -> Self {
        let ingest = TestDatabase::migrated(Database::Ingest, engine).await;
        let products = TestDatabase::migrated(Database::Products, engine).await;
        let addresses = [&ingest, &products].map(|test| test.address().clone());
        let sessions = Sessions::new(addresses.to_vec());
        let often = LiveSettings { interval: Duration::from_millis(20) };
        let live = Live::new(sessions.clone(), often);
        let checker = Checker::new(&sdl(), Limits::default()).unwrap();
        let settings = Settings { rate: Rates::NONE, ..settings };
        let (stopping, told) = tokio::sync::watch::channel(false);
        let graph = live_graph(sessions, live.clone());
        let server = Server { stopping: told, ..Server::new(graph, checker, settings, gate) };
        let streams = server.streams.clone();
        let ready =
            || async { Readiness { ready: true, databases: Vec::new(), pools: Vec::new() } };
        let app = router(server, ready).into_make_service_with_connect_info::<SocketAddr>();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut stopped = stopping.subscribe();
        let serve = axum::serve(listener, app).with_graceful_shutdown(async move {
            let _ = stopped.wait_for(|stopped| *stopped).await;
        });
        let task = tokio::spawn(async move { serve.await });
        Self { ingest, products, address, streams, live, stopping, task }
    }

    /// Waits until so many subscriptions have begun.
    pub(crate) async fn followed(&self, followers: u64) {
        let begun = async {
            while self.live.counters().followers.load(Ordering::Relaxed) < followers {
                tokio::task::yield_now().await;
            }
        };
        soon(begun).await;
    }

    /// Stops as `almanac serve` does, and waits until everybody has gone.
    pub(crate) async fn stop(self) {
        self.tell_to_stop();
        soon(self.task).await.unwrap().unwrap();
        soon(self.streams.ended()).await;
    }

    pub(crate) fn tell_to_stop(&self) {
        self.stopping.send_replace(true);
    }

    pub(crate) fn url(&self, scheme: &str) -> String {
        format!("{scheme}://{}/graphql", self.address)
    }

    /// A socket that speaks the protocol.
    pub(crate) async fn connect(&self) -> Socket {
        self.handshake(&[("sec-websocket-protocol", "graphql-transport-ws")]).await.unwrap()
    }

    /// A socket, or the status that it was refused with.
    pub(crate) async fn handshake(
        &self,
        headers: &[(&'static str, &str)],
    ) -> Result<Socket, StatusCode> {
        let mut request = self.url("ws").into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        match soon(connect_async(request)).await {
            Ok((socket, _)) => Ok(Socket(socket)),
            Err(Error::Http(response)) => Err(response.status()),
            // A client may refuse a handshake without the protocol it asked for; ours asks for none then.
            Err(error) => panic!("{error}"),
        }
    }

    /// A socket that was acknowledged.
    pub(crate) async fn greet(&self, payload: Json) -> Socket {
        let mut socket = self.connect().await;
        socket.say(json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(socket.hear().await, json!({ "type": "connection_ack" }));
        socket
    }
}

pub(crate) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    pub(crate) async fn send(&mut self, message: Message) {
        soon(self.0.send(message)).await.unwrap();
    }

    pub(crate) async fn say(&mut self, message: Json) {
        self.send(Message::text(message.to_string())).await;
    }

    pub(crate) async fn subscribe(&mut self, id: &str, query: &str) {
        let payload = json!({ "query": query });
        self.say(json!({ "type": "subscribe", "id": id, "payload": payload })).await;
    }

    /// The next message of the protocol.
    pub(crate) async fn hear(&mut self) -> Json {
        loop {
            match soon(self.0.next()).await {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).unwrap(),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("a message was to come: {other:?}"),
            }
        }
    }

    /// The next message's text, as it came.
    pub(crate) async fn hear_text(&mut self) -> String {
        loop {
            match soon(self.0.next()).await {
                Some(Ok(Message::Text(text))) => return text.as_str().to_owned(),
                Some(Ok(_)) => {}
                other => panic!("a message was to come: {other:?}"),
            }
        }
    }

    /// Waits for a ping of the transport.
    pub(crate) async fn hear_ping(&mut self) {
        while !matches!(soon(self.0.next()).await, Some(Ok(Message::Ping(_)))) {}
    }

    /// Says good-bye.
    pub(crate) async fn close(&mut self) {
        let frame = CloseFrame { code: CloseCode::Normal, reason: "".into() };
        soon(self.0.close(Some(frame))).await.unwrap();
    }

    /// The code that the server closes with, whatever it says before.
    pub(crate) async fn closed(&mut self) -> u16 {
        loop {
            match soon(self.0.next()).await {
                Some(Ok(Message::Close(frame))) => return frame.expect("a reason").code.into(),
                Some(Ok(_)) => {}
                other => panic!("a close frame was to come: {other:?}"),
            }
        }
    }
}
