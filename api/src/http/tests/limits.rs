use std::{net::SocketAddr, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{Request, StatusCode, header},
};
use serde_json::json;

use super::{
    super::{Rates, Settings},
    Answer, Changes, ask, posting, server_with, settings,
};

fn from(address: &str, query: &str) -> Request<Body> {
    let mut request = posting(json!({ "query": query }).to_string());
    let peer = SocketAddr::new(address.parse().unwrap(), 1);
    request.extensions_mut().insert(ConnectInfo(peer));
    request
}

fn with_rates(rate: Rates) -> Router {
    server_with(Settings { rate, ..settings() }, &Changes::default())
}

#[track_caller]
fn assert_limited(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{}", answer.text);
    assert_eq!(answer.code(), "RATE_LIMITED");
    let wait: u64 = answer.header(header::RETRY_AFTER).parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait} s");
}

#[tokio::test]
async fn a_stranger_asks_so_often_by_address() {
    let server = with_rates(Rates { anonymous_burst: 2, anonymous_per_minute: 2, ..Rates::NONE });
    for _ in 0..2 {
        assert_eq!(
            ask(server.clone(), from("192.0.2.1", "{ greeting }")).await.status,
            StatusCode::OK
        );
    }
    assert_limited(&ask(server.clone(), from("192.0.2.1", "{ greeting }")).await);
    assert_eq!(ask(server.clone(), from("192.0.2.2", "{ greeting }")).await.status, StatusCode::OK);

    // Guessing tokens counts, too.
    let guess = || {
        let mut request = from("192.0.2.3", "{ greeting }");
        request.headers_mut().insert(header::AUTHORIZATION, "Bearer almanac_x".parse().unwrap());
        request
    };
    for _ in 0..2 {
        assert_eq!(ask(server.clone(), guess()).await.status, StatusCode::UNAUTHORIZED);
    }
    assert_limited(&ask(server, guess()).await);
}

#[tokio::test]
async fn aliases_do_not_make_it_cheaper() {
    let server = with_rates(Rates { cost_per_minute: 100, ..Rates::NONE });
    let twice = "{ a: things(first: 30) b: things(first: 30) }";
    let mut answers = Vec::new();
    // Two points each: fifty requests and what a moment gives back.
    for _ in 0..100 {
        answers.push(ask(server.clone(), from("192.0.2.1", twice)).await);
    }
    assert!(answers[..50].iter().all(|answer| answer.status == StatusCode::OK));
    assert_limited(answers.iter().find(|answer| answer.status != StatusCode::OK).unwrap());
    assert_eq!(ask(server, from("192.0.2.9", twice)).await.status, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn one_client_does_not_take_every_place() {
    let settings = Settings { in_flight_each: 1, ..settings() };
    let server = server_with(settings, &Changes::default());
    let running = tokio::spawn(ask(server.clone(), from("192.0.2.1", "{ slow }")));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_limited(&ask(server.clone(), from("192.0.2.1", "{ greeting }")).await);
    assert_eq!(ask(server.clone(), from("192.0.2.2", "{ greeting }")).await.status, StatusCode::OK);
    assert_eq!(running.await.unwrap().code(), "TIMEOUT");
    // Its place is free again.
    assert_eq!(ask(server, from("192.0.2.1", "{ greeting }")).await.status, StatusCode::OK);
}
