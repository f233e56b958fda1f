//! graphql-transport-ws: one conversation over a WebSocket.

use std::{net::IpAddr, sync::Arc, time::Duration};

use almanac_service::access::Access;
use async_graphql::Executor;
use axum::{
    body::Body,
    extract::{
        FromRequestParts,
        ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade},
    },
    http::{self, Extensions, HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use futures::StreamExt;
use serde_json::{Map, Value as Json};
use tokio::{
    sync::watch,
    time::{Instant, MissedTickBehavior, interval_at, timeout},
};
use tokio_tungstenite::tungstenite::Error as SocketError;

use super::{
    super::{client, failure::Failure, graphql::Endpoint, read, secure::is_origin_allowed},
    connections::Place,
    message::{self, FromClient},
    operations::{Operations, Said, Subscriber},
    stopped,
};

/// The protocol, as the handshake names it.
const PROTOCOL: &str = "graphql-transport-ws";
/// What the metrics call it.
const TRANSPORT: &str = "websocket";
/// How long a client may take to agree to an end.
const PARTING: Duration = Duration::from_secs(1);

/// Why a conversation ends.
enum End {
    /// The client has gone, or does not listen any more.
    Gone,
    /// The server says why.
    Close(u16, String),
}

impl End {
    fn close(code: u16, reason: impl Into<String>) -> Self {
        Self::Close(code, reason.into())
    }

    fn going_away() -> Self {
        Self::close(1001, "Going away")
    }
}

/// Whether a request wants to become a WebSocket.
pub(in super::super) fn wants(request: &http::Request<Body>) -> bool {
    let upgrade = request.headers().get(header::UPGRADE);
    upgrade.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// Begins the conversation.
///
/// # Errors
/// A page of a foreign origin asks, or there are too many connections.
pub(in super::super) async fn upgrade<E: Executor>(
    endpoint: Arc<Endpoint<E>>,
    request: http::Request<Body>,
) -> Result<Response, Failure> {
    let settings = &endpoint.server.settings;
    if !is_origin_allowed(request.headers(), settings) {
        return Err(Failure::forbidden_origin());
    }
    let address = client::address(request.extensions(), request.headers(), settings);
    if *endpoint.server.stopping.borrow() {
        return Err(Failure::overloaded());
    }
    let place = endpoint.connections.of_address(address, &settings.live);
    let place = place.ok_or_else(Failure::too_many_connections)?;
    let (mut parts, _) = request.into_parts();
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => upgrade,
        Err(rejection) => return Ok(rejection.into_response()),
    };
    let upgrade = upgrade
        .protocols([PROTOCOL])
        .max_message_size(settings.live.message_bytes)
        .max_frame_size(settings.live.message_bytes);
    let credentials = credentials(&parts.headers);
    let learned = parts.extensions;
    let speaks = upgrade.selected_protocol().is_some();
    let open = endpoint.server.streams.open(endpoint.server.metrics.connect(TRANSPORT));
    Ok(upgrade.on_upgrade(move |socket| async move {
        let stopping = endpoint.server.stopping.clone();
        let operations = Operations::new(endpoint.server.settings.clone());
        let conversation = Conversation {
            endpoint,
            socket,
            stopping,
            credentials,
            learned,
            address,
            operations,
            _place: place,
        };
        conversation.hold(speaks).await;
        drop(open);
    }))
}

/// What of a request says who asks.
fn credentials(headers: &HeaderMap) -> HeaderMap {
    let values = headers.get_all(header::AUTHORIZATION).iter();
    values.map(|value| (header::AUTHORIZATION, value.clone())).collect()
}

struct Conversation<E> {
    endpoint: Arc<Endpoint<E>>,
    socket: WebSocket,
    stopping: watch::Receiver<bool>,
    credentials: HeaderMap,
    learned: Extensions,
    address: IpAddr,
    operations: Operations,
    _place: Place<IpAddr>,
}

impl<E: Executor> Conversation<E> {
    async fn hold(mut self, speaks: bool) {
        let end = if speaks {
            match self.converse().await {
                Ok(never) => match never {},
                Err(end) => end,
            }
        } else {
            End::close(4406, "Subprotocol not acceptable")
        };
        // The subscriptions end here, whatever becomes of the socket.
        self.operations = Operations::new(self.endpoint.server.settings.clone());
        let part = async {
            if let End::Close(code, reason) = end {
                tracing::debug!(code, reason, "a socket is closed");
                let frame = CloseFrame { code, reason: reason.into() };
                self.socket.send(Message::Close(Some(frame))).await.ok()?;
            }
            // A client that says good-bye is answered as it is read.
            while let Some(Ok(_)) = self.socket.recv().await {}
            Some(())
        };
        // Whoever does not answer is left.
        let _ = timeout(PARTING, part).await;
    }

    async fn converse(&mut self) -> Result<std::convert::Infallible, End> {
        let endpoint = self.endpoint.clone();
        let limits = &endpoint.server.settings.live;
        let introduced = timeout(limits.init_time, self.introduction()).await;
        let payload =
            introduced.map_err(|_| End::close(4408, "Connection initialisation timeout"))??;
        if let Some(authorization) = authorization(payload.as_ref()) {
            self.credentials.insert(header::AUTHORIZATION, authorization?);
        }
        let access = authenticate(&endpoint, &self.credentials, self.address).await?;
        let turns = endpoint.turns.ask(&access, self.address);
        let client = turns.map_err(|_| End::close(1013, "Too many requests"))?;
        let _place = match access.principal() {
            None => None,
            Some(principal) => {
                let place = endpoint.connections.of_name(&principal.name, limits);
                Some(place.ok_or_else(|| End::close(1013, "Too many connections"))?)
            }
        };
        let who = Subscriber { access, client, learned: self.learned.clone() };
        self.send(message::acknowledgement()).await?;

        let mut ping = interval_at(Instant::now() + limits.ping_interval, limits.ping_interval);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut recheck =
            interval_at(Instant::now() + limits.recheck_interval, limits.recheck_interval);
        recheck.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut is_silent = false;
        loop {
            tokio::select! {
                () = stopped(&mut self.stopping) => return Err(End::going_away()),
                heard = hear(&mut self.socket) => {
                    is_silent = false;
                    if let Some(message) = heard? {
                        self.answer(message, &who).await?;
                    }
                }
                Some((id, said)) = self.operations.next() => self.tell(&id, said).await?,
                _ = ping.tick() => {
                    if is_silent {
                        return Err(End::Gone);
                    }
                    is_silent = true;
                    self.send_message(Message::Ping(axum::body::Bytes::new())).await?;
                }
                _ = recheck.tick() => {
                    if authenticate(&endpoint, &self.credentials, self.address).await? != who.access {
                        return Err(End::close(4403, "Forbidden"));
                    }
                }
            }
        }
    }

    /// Waits for the client's introduction; the payload of it.
    async fn introduction(&mut self) -> Result<Option<Map<String, Json>>, End> {
        loop {
            let heard = tokio::select! {
                () = stopped(&mut self.stopping) => return Err(End::going_away()),
                heard = hear(&mut self.socket) => heard?,
            };
            match heard {
                Some(FromClient::ConnectionInit { payload }) => return Ok(payload),
                Some(FromClient::Subscribe { .. }) => return Err(End::close(4401, "Unauthorized")),
                Some(FromClient::Ping { payload }) => self.send(message::pong(payload)).await?,
                Some(FromClient::Pong {} | FromClient::Complete { .. }) | None => {}
            }
        }
    }

    async fn answer(&mut self, message: FromClient, who: &Subscriber) -> Result<(), End> {
        match message {
            FromClient::ConnectionInit { .. } => {
                Err(End::close(4429, "Too many initialisation requests"))
            }
            FromClient::Ping { payload } => self.send(message::pong(payload)).await,
            FromClient::Pong {} => Ok(()),
            FromClient::Complete { id } => {
                self.operations.remove(&id);
                Ok(())
            }
            FromClient::Subscribe { id, payload } => self.subscribe(&id, payload, who).await,
        }
    }

    async fn subscribe(
        &mut self,
        id: &str,
        payload: Map<String, Json>,
        who: &Subscriber,
    ) -> Result<(), End> {
        if self.operations.contains(id) {
            let reason = format!("Subscriber for {id} already exists");
            return Err(End::Close(4409, shortened(reason)));
        }
        let asked = read::message(payload)
            .map_err(|_| End::close(4400, "Invalid message: the payload is no request"))?;
        let limit = self.endpoint.server.settings.live.subscriptions;
        let running = if self.operations.len() < limit {
            self.endpoint.subscribe(asked, who, TRANSPORT)
        } else {
            Err(Failure::too_many_subscriptions(limit))
        };
        match running {
            Ok(running) => {
                self.operations.add(id, running);
                Ok(())
            }
            Err(failure) => self.send(message::error(id, &failure.errors())).await,
        }
    }

    async fn tell(&mut self, id: &str, said: Said) -> Result<(), End> {
        self.send(match said {
            Said::Next(result) => message::next(id, &result),
            Said::Failed(errors) => message::error(id, &errors),
            Said::Complete => message::complete(id),
        })
        .await
    }

    async fn send(&mut self, text: String) -> Result<(), End> {
        self.send_message(Message::Text(text.into())).await
    }

    /// Nothing is kept for a client that does not read: the connection waits, and is given up in the end.
    async fn send_message(&mut self, message: Message) -> Result<(), End> {
        let patience = self.endpoint.server.settings.live.ping_interval * 2;
        match timeout(patience, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(End::Gone),
        }
    }
}

/// For whom the connection reads, as its credentials say now.
async fn authenticate<E>(
    endpoint: &Endpoint<E>,
    credentials: &HeaderMap,
    address: IpAddr,
) -> Result<Access, End> {
    let admitted = endpoint.server.gate.authenticate(credentials).await;
    admitted.map_err(|_| {
        // Guessing is limited, too.
        let _ = endpoint.turns.ask_as_stranger(address);
        End::close(4403, "Forbidden")
    })
}

/// The next message of the protocol; none for one of the transport.
async fn hear(socket: &mut WebSocket) -> Result<Option<FromClient>, End> {
    match socket.recv().await {
        Some(Ok(Message::Text(text))) => {
            FromClient::read(&text).map(Some).map_err(|reason| End::close(4400, reason))
        }
        Some(Ok(Message::Binary(_))) => Err(End::close(4400, "Invalid message: not text")),
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(None),
        Some(Ok(Message::Close(_))) | None => Err(End::Gone),
        Some(Err(error)) => {
            let error = error.into_inner();
            Err(match error.downcast_ref::<SocketError>() {
                Some(SocketError::Capacity(_)) => End::close(1009, "Message too big"),
                Some(SocketError::Utf8(_)) => End::close(1007, "Not UTF-8"),
                _ => End::Gone,
            })
        }
    }
}

/// Who the client says it is, where it does not say so in a header as browsers cannot.
fn authorization(payload: Option<&Map<String, Json>>) -> Option<Result<HeaderValue, End>> {
    let payload = payload?;
    let given = payload.get("authorization").or_else(|| payload.get("Authorization"))?;
    let value = given.as_str().and_then(|text| HeaderValue::from_str(text).ok());
    Some(value.ok_or_else(|| End::close(4403, "Forbidden")))
}

/// A close frame has room for 123 bytes.
fn shortened(reason: String) -> String {
    match reason.char_indices().find(|(at, character)| at + character.len_utf8() > 120) {
        Some((at, _)) => format!("{}…", &reason[..at]),
        None => reason,
    }
}
