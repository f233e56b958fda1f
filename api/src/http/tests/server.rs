use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use serde_json::json;

use super::{super::Settings, Changes, ask, get, request, server, server_with};

#[tokio::test]
async fn a_foreign_host_is_turned_away() {
    let from = |host: &str| {
        Request::get("/healthz").header(header::HOST, host).body(Body::empty()).unwrap()
    };
    for host in ["localhost", "LOCALHOST:1", "127.0.0.1:8110", "[::1]:8110"] {
        assert_eq!(ask(server(), from(host)).await.status, StatusCode::OK, "{host}");
    }
    for host in ["evil.example", "localhost.evil.example", "127.0.0.2", ""] {
        let answer = ask(server(), from(host)).await;
        assert_eq!(
            (answer.status, answer.code()),
            (StatusCode::FORBIDDEN, "FORBIDDEN".into()),
            "{host}"
        );
    }
    let public = Settings::listening_on([192, 0, 2, 1].into());
    assert_eq!(
        ask(server_with(public, &Changes::default()), from("a.example")).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn health_and_readiness_are_told() {
    let health = get("/healthz").await;
    assert_eq!((health.status, health.text.as_str()), (StatusCode::OK, "ok"));
    let ready = get("/readyz").await;
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(
        ready.json()["databases"][1],
        json!({ "name": "hdf5", "ready": false, "message": null })
    );
}

#[tokio::test]
async fn graphiql_brings_all_it_needs() {
    let page = get("/graphiql").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.header(header::CONTENT_SECURITY_POLICY).contains("default-src 'none'"));
    assert!(!page.text.contains("http"), "the page names another server");
    for address in page.text.split('"').filter(|text| text.starts_with("/graphiql/assets/")) {
        let asset = get(address).await;
        assert_eq!(asset.status, StatusCode::OK, "{address}");
        let is_ours = address.ends_with("start.js");
        assert_eq!(asset.header(header::CONTENT_ENCODING), if is_ours { "" } else { "gzip" });
    }
    assert_eq!(get("/graphiql/assets/other.js").await.status, StatusCode::NOT_FOUND);
    let without =
        server_with(Settings { graphiql: false, ..Settings::default() }, &Changes::default());
    let request = request("GET", "/graphiql").body(Body::empty()).unwrap();
    assert_eq!(ask(without, request).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn every_answer_is_secured() {
    for path in ["/graphql?query=%7Bgreeting%7D", "/graphiql", "/healthz", "/readyz", "/nowhere"] {
        let answer = get(path).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("x-frame-options", "DENY"),
        ] {
            assert_eq!(answer.header(name), value, "{path}");
        }
        assert_eq!(answer.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), "");
    }
}
