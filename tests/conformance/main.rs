//! The running server, judged by others' tools: the audits of GraphQL over HTTP, Relay's compiler, two
//! readers of schemas, and a fuzzer. `make conformance-tools` installs them; a tool that is missing fails.

#![allow(clippy::unwrap_used, reason = "it is how a test fails")]

mod attacks;
mod outage;
mod server;
mod tools;

use std::{fs, path::Path};

use serde_json::Value as Json;
use server::{Server, survey};
use tempfile::TempDir;
use tools::{installed, node, node_program, python, run, source};

/// The schema as the program prints it, in a file.
fn schema(folder: &Path) -> String {
    let file = folder.join("schema.graphql");
    fs::write(&file, almanac_api::sdl()).unwrap();
    file.to_str().unwrap().to_owned()
}

#[test]
fn graphql_over_http_is_kept_in_all_61_points() {
    let server = Server::start();
    let output = run(node().arg(source("audits.cjs")).arg(server.url("/graphql")));
    let results: Vec<Json> = serde_json::from_str(&output).unwrap();
    let failed: Vec<_> = results.iter().filter(|result| result["status"] != "ok").collect();
    assert!(failed.is_empty(), "{failed:#?}");
    assert_eq!(results.len(), 61);
}

#[test]
fn the_schema_keeps_relays_rules() {
    let folder = TempDir::new().unwrap();
    let rules = "relay-connection-types-spec,relay-connection-arguments-spec,relay-page-info-spec";
    let mut linter = node();
    linter.arg(node_program("graphql-schema-linter/lib/cli.js")).args(["--rules", rules]);
    run(linter.args(["--format", "compact"]).arg(schema(folder.path())));
}

#[test]
fn a_relay_client_compiles() {
    let folder = TempDir::new().unwrap();
    schema(folder.path());
    fs::copy(source("relay/relay.config.json"), folder.path().join("relay.config.json")).unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    for file in ["images.js", "sources.js"] {
        fs::copy(source("relay/src").join(file), folder.path().join("src").join(file)).unwrap();
    }
    let mut compiler = node();
    run(compiler.arg(node_program("relay-compiler/cli.js")).current_dir(folder.path()));
    let made = fs::read_dir(folder.path().join("src/__generated__")).unwrap().count();
    assert!(made >= 8, "{made} artifacts");
}

#[test]
fn the_schema_is_read_by_other_implementations() {
    let folder = TempDir::new().unwrap();
    let schema = schema(folder.path());
    let of_node = run(node().arg(source("schema.cjs")).arg(&schema));
    let of_python = run(python().arg(source("schema.py")).arg(&schema));
    for output in [of_node, of_python] {
        let report: Json = serde_json::from_str(&output).unwrap();
        assert_eq!(report["errors"], serde_json::json!([]), "{report}");
        assert!(report["types"].as_u64().unwrap() > 100, "{report}");
    }
}

/// Every field of the roots, by somebody who may do anything, on a survey.
#[test]
fn a_fuzzer_finds_no_failure() {
    let server = Server::of(survey(), &["--no-rate-limits"]);
    let header = format!("Authorization: Bearer {}", server.token("admin"));
    let mut fuzzer = python();
    fuzzer.arg(installed("venv/bin/schemathesis")).env("SCHEMATHESIS_HOOKS", source("hooks.py"));
    fuzzer.arg("--config-file").arg(source("schemathesis.toml")).arg("run");
    // Its own check for failures of the server counts refusals without data, which have codes, among them.
    fuzzer.args(["--checks", "errors_keep_to_themselves,answers_are_graphql"]);
    // It keeps a cache where it runs.
    fuzzer.current_dir(server.folder());
    run(fuzzer.args(["--header", &header]).arg(server.url("/graphql")));
}

#[test]
fn a_server_that_is_told_to_stop_ends_well() {
    let mut server = Server::start();
    assert_eq!(server.post("{ __typename }").status, 200);
    assert!(server.terminate().success());
}
