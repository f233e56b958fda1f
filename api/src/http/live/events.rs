//! Event streams, as graphql-sse has them: each subscription is a request of its own, answered for as long as it
//! runs.

use std::{convert::Infallible, sync::Arc};

use almanac_service::access::Access;
use async_graphql::Executor;
use axum::{
    body::Body,
    http::{self, HeaderMap, HeaderName, HeaderValue, Method, header},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::{Stream, stream};
use serde_json::json;
use tokio::{
    sync::watch,
    time::{Instant, Interval, MissedTickBehavior, interval_at},
};

use super::{
    super::{client, failure::Failure, graphql::Endpoint, read, secure::is_origin_allowed},
    Open,
    connections::Place,
    operations::{Running, Said, Subscriber},
    stopped,
};

/// What the metrics call it.
const TRANSPORT: &str = "event_stream";

/// Whether a request asks for an event stream, and for nothing else that it could get.
pub(in super::super) fn wants(request: &http::Request<Body>) -> bool {
    let names: Vec<&str> = request
        .headers()
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(','))
        .map(|range| range.split(';').next().unwrap_or_default().trim())
        .collect();
    let has = |wanted: &str| names.iter().any(|name| name.eq_ignore_ascii_case(wanted));
    has("text/event-stream")
        && !has("application/json")
        && !has("application/graphql-response+json")
}

/// Answers with the events of a subscription.
///
/// # Errors
/// Who asks may not, there are too many connections, or the request cannot be read. A document that cannot run is no
/// such error: it is told in the stream, as the protocol has it.
pub(in super::super) async fn respond<E: Executor>(
    endpoint: Arc<Endpoint<E>>,
    request: http::Request<Body>,
) -> Result<Response, Failure> {
    let settings = endpoint.server.settings.clone();
    if !is_origin_allowed(request.headers(), &settings) {
        return Err(Failure::forbidden_origin());
    }
    let server = &endpoint.server;
    if *server.stopping.borrow() {
        return Err(Failure::overloaded());
    }
    let (parts, body) = request.into_parts();
    let (access, client) = endpoint.admit(&parts).await?;
    let address = client::address(&parts.extensions, &parts.headers, &settings);
    let place = endpoint.connections.of_address(address, &settings.live);
    let place = place.ok_or_else(Failure::too_many_connections)?;
    let own = match access.principal() {
        None => None,
        Some(principal) => {
            let own = endpoint.connections.of_name(&principal.name, &settings.live);
            Some(own.ok_or_else(Failure::too_many_connections)?)
        }
    };
    let mut credentials = HeaderMap::new();
    if let Some(value) = parts.headers.get(header::AUTHORIZATION) {
        credentials.insert(header::AUTHORIZATION, value.clone());
    }
    let who = Subscriber { access: access.clone(), client, learned: parts.extensions.clone() };
    let asked = if parts.method == Method::POST {
        read::body(http::Request::from_parts(parts, body), &settings).await?
    } else {
        read::uri(&parts.uri)?
    };
    let state = match endpoint.subscribe(asked, &who, TRANSPORT) {
        Ok(running) => State::Running(running),
        Err(failure) => State::Refused(failure),
    };
    let every = settings.live.recheck_interval;
    let mut recheck = interval_at(Instant::now() + every, every);
    recheck.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let told = Told {
        state,
        stopping: server.stopping.clone(),
        recheck,
        credentials,
        access,
        _guards: (place, own, server.streams.open(server.metrics.connect(TRANSPORT))),
        endpoint: endpoint.clone(),
    };
    let keep_alive = KeepAlive::new().interval(settings.live.ping_interval);
    let answer = Sse::new(told.events()).keep_alive(keep_alive);
    let unbuffered = (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    let uncached = (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(([unbuffered, uncached], answer).into_response())
}

/// Where a stream of events is.
enum State {
    Refused(Failure),
    Running(Running),
    Ending,
    Ended,
}

struct Told<E> {
    state: State,
    stopping: watch::Receiver<bool>,
    recheck: Interval,
    credentials: HeaderMap,
    access: Access,
    endpoint: Arc<Endpoint<E>>,
    _guards: (Place<std::net::IpAddr>, Option<Place<String>>, Open),
}

impl<E: Executor> Told<E> {
    fn events(self) -> impl Stream<Item = Result<Event, Infallible>> {
        stream::unfold(self, |mut told| async move {
            let event = told.next().await?;
            Some((Ok(event), told))
        })
    }

    async fn next(&mut self) -> Option<Event> {
        let settings = self.endpoint.server.settings.clone();
        let said = match &mut self.state {
            State::Ended => return None,
            State::Ending => {
                self.state = State::Ended;
                return Some(Event::default().event("complete").data(""));
            }
            State::Refused(failure) => Said::Failed(failure.errors()),
            State::Running(running) => loop {
                let said = std::future::poll_fn(|cx| running.poll_said(cx, &settings));
                tokio::select! {
                    // Without an end: the client comes back with its position.
                    () = stopped(&mut self.stopping) => return None,
                    said = said => break said,
                    _ = self.recheck.tick() => {
                        let admitted = self.endpoint.server.gate.authenticate(&self.credentials).await;
                        if admitted.ok().as_ref() != Some(&self.access) {
                            return None;
                        }
                    }
                }
            },
        };
        let result = match said {
            Said::Next(result) => result,
            Said::Failed(errors) => {
                self.state = State::Ending;
                json!({ "errors": errors }).to_string()
            }
            Said::Complete => {
                self.state = State::Ended;
                return Some(Event::default().event("complete").data(""));
            }
        };
        Some(Event::default().event("next").data(result))
    }
}
