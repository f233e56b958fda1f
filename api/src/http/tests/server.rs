use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use serde_json::json;

use super::{super::Settings, Changes, ask, get, request, server, server_with, settings};

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
    let public = settings().listening_on([192, 0, 2, 1].into());
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
    let without = server_with(Settings { graphiql: false, ..settings() }, &Changes::default());
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
        assert_eq!(answer.header("x-request-id").len(), 36, "{path}");
    }
}

#[tokio::test]
async fn a_request_keeps_the_id_it_came_with() {
    let with = |id: &str, path: &str| {
        ask(server(), request("GET", path).header("x-request-id", id).body(Body::empty()).unwrap())
    };
    let answer = with("shift-7:42", "/graphql?query=%7Bbroken%7D").await;
    assert_eq!(answer.header("x-request-id"), "shift-7:42");
    assert_eq!(answer.json()["errors"][0]["extensions"]["requestId"], "shift-7:42");
    let refused = with("shift-7:43", "/graphql").await;
    assert_eq!(refused.json()["errors"][0]["extensions"]["requestId"], "shift-7:43");
    for id in ["", "two words", &"x".repeat(101)] {
        assert_eq!(with(id, "/healthz").await.header("x-request-id").len(), 36, "{id:?}");
    }
}

#[tokio::test]
async fn only_named_origins_read_answers() {
    let settings =
        Settings { allowed_origins: vec!["https://dashboard.example".to_owned()], ..settings() };
    let server = server_with(settings, &Changes::default());
    let preflight = |origin: &str| {
        let request = request("OPTIONS", "/graphql")
            .header(header::ORIGIN, origin)
            .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
            .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "content-type,authorization");
        ask(server.clone(), request.body(Body::empty()).unwrap())
    };
    let named = preflight("https://dashboard.example").await;
    let allowed = named.header(header::ACCESS_CONTROL_ALLOW_ORIGIN);
    assert_eq!(allowed, "https://dashboard.example");
    assert_eq!(named.header(header::ACCESS_CONTROL_ALLOW_CREDENTIALS), "");
    assert_eq!(named.header(header::ACCESS_CONTROL_MAX_AGE), "600");
    let other = preflight("https://evil.example").await;
    assert_eq!(other.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), "");
}

#[tokio::test]
async fn what_happens_is_counted() {
    let server = server();
    for query in ["{ greeting }", "{ missing }", "{ nothing }"] {
        ask(server.clone(), super::posting(json!({ "query": query }).to_string())).await;
    }
    ask(server.clone(), request("GET", "/a/path/nobody/knows").body(Body::empty()).unwrap()).await;
    let page = ask(server, request("GET", "/metrics").body(Body::empty()).unwrap()).await;
    assert!(page.header(header::CONTENT_TYPE).starts_with("application/openmetrics-text"));
    for line in [
        "almanac_requests_total{path=\"/graphql\",method=\"POST\",status=\"200\"} 3",
        "almanac_operation_seconds_count{kind=\"query\"} 3",
        "almanac_cost_points_total 3",
        "almanac_errors_total{code=\"NOT_FOUND\"} 1",
        "almanac_errors_total{code=\"GRAPHQL_VALIDATION_FAILED\"} 1",
        "almanac_database_up{database=\"products\"} 1",
        "almanac_database_up{database=\"hdf5\"} 0",
    ] {
        assert!(page.text.lines().any(|found| found == line), "{line} is not in\n{}", page.text);
    }
    assert!(!page.text.contains("nobody"));
}
