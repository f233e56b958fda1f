//! The README's queries answer what the README prints.

use almanac_api::{
    document::{Checker, Limits},
    graph,
    http::{Gate, Readiness, Server, Settings, router},
};
use axum::{
    body::{Body, to_bytes},
    http::Request,
};
use serde_json::Value as Json;
use tower::ServiceExt;

use crate::{sample::Sample, support::Engine, survey::Survey};

const README: &str = include_str!("../../README.md");

/// The bodies of the README's requests, each with the answer that stands behind it.
fn examples() -> Vec<(&'static str, Json)> {
    let fenced = |kind: &str, text: &'static str| {
        let rest = text.split_once(&format!("```{kind}\n"))?.1;
        rest.split_once("\n```")
    };
    let mut rest = README;
    let mut examples = Vec::new();
    while let Some(start) = rest.find("```sh\ncurl ") {
        let (request, after) = fenced("sh", &rest[start..]).expect("a block ends");
        let body = request.split('\'').rev().nth(1).expect("a body in quotes");
        let (answer, after) = fenced("json", after).expect("an answer follows");
        examples.push((body, serde_json::from_str(answer).expect("it is JSON")));
        rest = after;
    }
    examples
}

#[tokio::test]
async fn the_readme_prints_what_is_answered() {
    let sample = Sample::of_survey(Engine::Sqlite, Survey::of_demo(1.0)).await;
    let checker = Checker::new(&almanac_api::sdl(), Limits::default()).expect("our own schema");
    let ready = || async { Readiness { ready: true, databases: Vec::new(), pools: Vec::new() } };
    let graph = graph(sample.sessions.clone());
    let server = Server::new(graph, checker, Settings::default(), Gate::of_this_machine());
    let app = router(server, ready);
    let examples = examples();
    assert_eq!(examples.len(), 4);
    for (body, expected) in examples {
        let request = Request::post("/graphql")
            .header("host", "localhost")
            .header("content-type", "application/json")
            .body(Body::from(body))
            .expect("a request");
        let response = app.clone().oneshot(request).await.expect("an answer");
        let bytes = to_bytes(response.into_body(), usize::MAX).await.expect("a body");
        let answer: Json = serde_json::from_slice(&bytes).expect("it is JSON");
        assert_eq!(answer, expected, "{body}");
    }
}
