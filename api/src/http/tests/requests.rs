use std::sync::atomic::Ordering;

use axum::{
    body::Body,
    http::{StatusCode, header},
};
use serde_json::json;

use super::{
    Changes, ask, get, post, post_strict, posting, request, server, server_with, settings,
};

#[tokio::test]
async fn a_query_is_answered_with_its_cost() {
    let answer = post("{ greeting }").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header(header::CONTENT_TYPE), "application/json; charset=utf-8");
    let cost = json!({ "cost": { "requested": 1, "limit": 5000 } });
    assert_eq!(answer.json(), json!({ "data": { "greeting": "hello world" }, "extensions": cost }));

    let answer = post_strict("{ greeting }").await;
    assert_eq!(
        answer.header(header::CONTENT_TYPE),
        "application/graphql-response+json; charset=utf-8"
    );
}

#[tokio::test]
async fn operation_name_and_variables_are_used() {
    let query = "query A { greeting } query B($n: String!) { greeting(name: $n) }";
    let body = json!({ "query": query, "operationName": "B", "variables": { "n": "sky" }, "extensions": { "a": 1 } });
    let answer = ask(server(), posting(body.to_string())).await;
    assert_eq!(answer.json()["data"]["greeting"], "hello sky");

    let path =
        "/graphql?query=query($n:String!)%7Bgreeting(name:$n)%7D&variables=%7B%22n%22:%22sky%22%7D";
    assert_eq!(get(path).await.json()["data"]["greeting"], "hello sky");
}

#[tokio::test]
async fn get_reads_and_never_changes() {
    assert_eq!(
        get("/graphql?query=%7Bgreeting%7D").await.json()["data"]["greeting"],
        "hello world"
    );
    for operation in ["mutation%7Bchange%7D", "subscription%7Bchange%7D"] {
        let changes = Changes::default();
        let request =
            request("GET", &format!("/graphql?query={operation}")).body(Body::empty()).unwrap();
        let answer = ask(server_with(settings(), &changes), request).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(answer.header(header::ALLOW), "POST");
        assert_eq!(changes.load(Ordering::SeqCst), 0);
    }
    assert_eq!(get("/graphql").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(
        get("/graphql?query=%7Bgreeting%7D&variables=1").await.status,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn only_json_changes_anything() {
    let changes = Changes::default();
    for content_type in
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=a", ""]
    {
        let body = json!({ "query": "mutation { change }" }).to_string();
        let request = request("POST", "/graphql")
            .header(header::CONTENT_TYPE, content_type)
            .body(body.into());
        let answer = ask(server_with(settings(), &changes), request.unwrap()).await;
        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{content_type}");
    }
    assert_eq!(changes.load(Ordering::SeqCst), 0);
    assert_eq!(post("mutation { change }").await.json()["data"]["change"], 1);
}

#[tokio::test]
async fn a_body_that_is_no_request_is_refused() {
    let bodies = [
        "",
        "{",
        "null",
        "[]",
        r#"[{"query":"{ greeting }"}]"#,
        r#"["{ greeting }"]"#,
        "{}",
        r#"{"query":1}"#,
    ];
    let fields =
        [r#""operationName":1"#, r#""variables":[1]"#, r#""variables":"a""#, r#""extensions":[]"#];
    let fields = fields.map(|field| format!(r#"{{"query":"{{ greeting }}",{field}}}"#));
    for body in bodies.into_iter().map(String::from).chain(fields) {
        let answer = ask(server(), posting(body.clone())).await;
        assert_eq!(
            (answer.status, answer.code()),
            (StatusCode::BAD_REQUEST, "BAD_REQUEST".into()),
            "{body}"
        );
    }
    assert!(ask(server(), posting("[]")).await.text.contains("batches are not supported"));
}

#[tokio::test]
async fn a_large_body_is_refused_whether_or_not_it_says_so() {
    let body = json!({ "query": "{ greeting }", "padding": "x".repeat(256 * 1024) }).to_string();
    assert_eq!(ask(server(), posting(body.clone())).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    let mut announced = posting(body);
    announced.headers_mut().insert(header::CONTENT_LENGTH, 300_000.into());
    assert_eq!(ask(server(), announced).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_type_nobody_makes_is_not_acceptable() {
    let mut request = posting(json!({ "query": "{ greeting }" }).to_string());
    request.headers_mut().insert(header::ACCEPT, "text/html".parse().unwrap());
    assert_eq!(ask(server(), request).await.status, StatusCode::NOT_ACCEPTABLE);
}

#[tokio::test]
async fn what_outer_layers_learned_reaches_resolvers() {
    let mut request = posting(json!({ "query": "{ who }" }).to_string());
    request.extensions_mut().insert("an astronomer");
    assert_eq!(ask(server(), request).await.json()["data"]["who"], "an astronomer");
}
