//! Every edge of every table leads somewhere or to nothing, and never astray.

use almanac_api::graph;
use async_graphql::Request;
use serde_json::Value as Json;

use crate::{
    sample::Sample,
    support::{Engine, engines},
};

engines!(every_edge_can_be_followed);

const SCHEMA: &str =
    "{ __schema { types { kind name fields { name type { kind name ofType { kind name ofType {
    kind name ofType { kind name } } } } } } } }";

/// The type behind lists and marks of what is never null: its kind and its name.
fn named(ty: &Json) -> (&str, &str) {
    if ty["ofType"].is_null() {
        (ty["kind"].as_str().unwrap(), ty["name"].as_str().unwrap())
    } else {
        named(&ty["ofType"])
    }
}

fn fields<'s>(schema: &'s Json, name: &str) -> Vec<(&'s str, &'s str, &'s str)> {
    let types = schema["__schema"]["types"].as_array().unwrap();
    let found = types.iter().find(|ty| ty["name"] == name).unwrap();
    let fields = found["fields"].as_array().unwrap().iter();
    fields
        .map(|field| {
            let (kind, name) = named(&field["type"]);
            (field["name"].as_str().unwrap(), kind, name)
        })
        .collect()
}

async fn every_edge_can_be_followed(engine: Engine) {
    let sample = Sample::of(engine, 0.02, 5).await;
    let graph = graph(sample.sessions.clone());
    let ask = async |query: &str| {
        let response = graph.execute(Request::new(query)).await;
        assert!(response.errors.is_empty(), "{query}\n{:?}", response.errors);
        serde_json::to_value(response.data).unwrap()
    };
    let schema = ask(SCHEMA).await;
    let (mut edges, mut led) = (0, 0);
    for (list, _, connection) in fields(&schema, "Query") {
        let Some(node) = connection.strip_suffix("Connection") else { continue };
        let selected: Vec<String> = fields(&schema, node)
            .into_iter()
            .filter(|(_, kind, _)| matches!(*kind, "OBJECT" | "INTERFACE"))
            .map(|(edge, _, of)| match of.strip_suffix("Connection") {
                Some(_) => format!("{edge} {{ nodes {{ __typename }} }}"),
                None => format!("{edge} {{ __typename }}"),
            })
            .collect();
        let rows =
            ask(&format!("{{ {list}(first: 20) {{ nodes {{ id {} }} }} }}", selected.join(" ")))
                .await;
        let rows = rows[list]["nodes"].as_array().unwrap();
        for edge in selected.iter().map(|edge| edge.split(' ').next().unwrap()) {
            edges += 1;
            let leads = |row: &Json| match &row[edge] {
                Json::Object(found) => {
                    found.get("nodes").is_none_or(|nodes| !nodes.as_array().unwrap().is_empty())
                }
                Json::Array(found) => !found.is_empty(),
                _ => false,
            };
            led += usize::from(rows.iter().any(leads));
        }
    }
    assert!(edges > 150, "{edges}");
    // The survey has no job for every batch, no candidate for every image.
    assert!(led * 2 > edges, "{led} of {edges}");
}
