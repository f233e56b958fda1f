use std::time::Duration;

use axum::http::{StatusCode, header};
use serde_json::{Value, json};

use super::{
    super::Settings, Changes, ask, post, post_strict, posting, server, server_with, settings,
};

#[tokio::test]
async fn a_document_that_cannot_run_has_no_data() {
    for (query, code) in [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ greeting(name: 1) }", "GRAPHQL_VALIDATION_FAILED"),
        ("query($n: String!) { greeting(name: $n) }", "BAD_USER_INPUT"),
        ("{ things(first: 1001) }", "BAD_USER_INPUT"),
        ("subscription { x }", "BAD_USER_INPUT"),
    ] {
        let lenient = post(query).await;
        assert_eq!((lenient.status, lenient.code().as_str()), (StatusCode::OK, code), "{query}");
        let strict = post_strict(query).await;
        assert_eq!(
            (strict.status, strict.code().as_str()),
            (StatusCode::BAD_REQUEST, code),
            "{query}"
        );
    }
    let wrong =
        json!({ "query": "query($n: Int!) { small(number: $n) }", "variables": { "n": "one" } });
    assert_eq!(ask(server(), posting(wrong.to_string())).await.code(), "GRAPHQL_VALIDATION_FAILED");
}

#[tokio::test]
async fn errors_of_resolvers_keep_their_code_or_lose_their_message() {
    let answer = post_strict("{ greeting missing broken }").await;
    assert_eq!(answer.status, StatusCode::OK);
    let body = answer.json();
    assert_eq!(body["data"], json!({ "greeting": "hello world", "missing": null, "broken": null }));
    assert!(!answer.text.contains("secrets"));
    let mut errors: Vec<_> = body["errors"].as_array().unwrap().iter().collect();
    errors.sort_by_key(|error| error["path"][0].to_string());
    assert_eq!(
        (&errors[0]["message"], &errors[0]["extensions"]["code"]),
        (&json!("internal error"), &json!("INTERNAL"))
    );
    assert_eq!(
        (&errors[1]["message"], &errors[1]["extensions"]["code"]),
        (&json!("no such image"), &json!("NOT_FOUND"))
    );

    let body = post("{ secretive }").await.json();
    assert_eq!(body["errors"][0]["message"], "internal error");
    assert_eq!(body["data"], Value::Null);

    let body = post("{ small(number: 10) }").await.json();
    assert_eq!(body["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
    assert!(
        body["errors"][0]["message"].as_str().unwrap().contains("must be less than or equal to 9")
    );
}

#[tokio::test]
async fn errors_are_cut_and_counted() {
    let unknown = (0..12).map(|index| format!("nothing{index}")).collect::<Vec<_>>().join(" ");
    let body = post(&format!("{{ {unknown} }}")).await.json();
    assert_eq!(body["errors"].as_array().unwrap().len(), 10);
    assert_eq!(body["extensions"]["omittedErrors"], 2);
}

#[tokio::test]
async fn a_panic_is_an_internal_error() {
    let answer = post("{ panics }").await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL".into())
    );
    assert!(!answer.text.contains("secret"));
    assert_eq!(answer.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
}

#[tokio::test]
async fn a_large_response_is_not_sent() {
    let answer = post_strict("{ large }").await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::BAD_REQUEST, "RESPONSE_TOO_LARGE".into())
    );
}

#[tokio::test(start_paused = true)]
async fn a_slow_operation_is_given_up() {
    let answer = post("{ slow }").await;
    assert_eq!((answer.status, answer.code()), (StatusCode::GATEWAY_TIMEOUT, "TIMEOUT".into()));
}

#[tokio::test(start_paused = true)]
async fn a_crowd_is_sent_away() {
    let settings = Settings { in_flight: 1, queue: 1, ..settings() };
    let server = server_with(settings, &Changes::default());
    let slow = || posting(json!({ "query": "{ slow }" }).to_string());
    let running = tokio::spawn(ask(server.clone(), slow()));
    let waiting = tokio::spawn(ask(server.clone(), slow()));
    tokio::time::sleep(Duration::from_secs(1)).await;
    let answer = ask(server.clone(), slow()).await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::SERVICE_UNAVAILABLE, "OVERLOADED".into())
    );
    assert_eq!(answer.header(header::RETRY_AFTER), "1");
    assert_eq!(running.await.unwrap().code(), "TIMEOUT");
    assert_eq!(waiting.await.unwrap().code(), "TIMEOUT");
    assert_eq!(
        ask(server, posting(json!({ "query": "{ greeting }" }).to_string())).await.status,
        StatusCode::OK
    );
}
