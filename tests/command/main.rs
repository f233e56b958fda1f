//! The `almanac` command, run as a person runs it.

#![allow(clippy::unwrap_used, reason = "it is how a test fails")]

mod doctor;
mod killed;
#[allow(dead_code, reason = "it serves other tests too")]
#[path = "../support/process.rs"]
mod process;
mod rollback;
#[path = "../support/mod.rs"]
mod support;
mod takeover;
mod upkeep;

use std::{
    path::Path,
    process::{Command, Output},
};

use tempfile::TempDir;

/// `almanac` with nothing in its environment but these variables.
fn almanac(state_dir: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_almanac"));
    command.env_clear().env("PIPELINE_STATE_DIR", state_dir).args(arguments);
    command.envs(variables.iter().copied()).output().expect("the command runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn paths_say_who_decided() {
    let state = TempDir::new().unwrap();
    let set = [("CONTIMG_PRODUCTS_DB", "/elsewhere/p.sqlite3")];
    let output = text(&almanac(state.path(), &set, &["paths"]).stdout);
    assert!(
        output.contains("CONTIMG_PRODUCTS_DB") && output.contains("/elsewhere/p.sqlite3"),
        "{output}"
    );
    assert!(output.contains("PIPELINE_STATE_DIR"), "{output}");

    let both = [("CONTIMG_PRODUCTS_DB", "/a"), ("PIPELINE_PRODUCTS_DB", "/b")];
    let refused = almanac(state.path(), &both, &["paths"]);
    assert!(!refused.status.success());
    let message = text(&refused.stderr);
    assert!(
        message.contains("CONTIMG_PRODUCTS_DB") && message.contains("PIPELINE_PRODUCTS_DB"),
        "{message}"
    );
}

#[test]
fn databases_go_up_and_down() {
    let state = TempDir::new().unwrap();
    let run = |arguments: &[&str]| almanac(state.path(), &[], arguments);
    let behind = run(&["migrate", "current", "--database", "ingest"]);
    assert_eq!(behind.status.code(), Some(1));
    assert_eq!(text(&behind.stdout), "ingest: base (no file)\n");
    assert!(!state.path().join("ingest.sqlite3").exists(), "asking creates nothing");

    assert!(run(&["migrate", "upgrade", "--all"]).status.success());
    let current = run(&["migrate", "current", "--all"]);
    assert!(current.status.success(), "{}", text(&current.stdout));
    assert_eq!(text(&current.stdout).matches("(head)").count(), 8);

    let down = run(&["migrate", "downgrade", "--database", "ingest", "core"]);
    assert!(down.status.success(), "{}", text(&down.stderr));
    let history = text(&run(&["migrate", "history", "--database", "ingest"]).stdout);
    assert_eq!(history.matches("pending").count(), 4, "{history}");
    assert!(run(&["migrate", "downgrade", "--database", "ingest", "base"]).status.success());

    let unknown = run(&["migrate", "upgrade", "--database", "product"]);
    assert!(text(&unknown.stderr).contains("cal_registry"), "the valid names are listed");
    let chosen = almanac(state.path(), &[("DATABASE", "hdf5")], &["migrate", "current"]);
    assert!(text(&chosen.stdout).starts_with("hdf5: "), "DATABASE says which");
}

#[test]
fn a_server_asks_who_you_are_before_it_leaves_this_machine() {
    let state = TempDir::new().unwrap();
    let refused = almanac(state.path(), &[], &["serve", "--listen", "0.0.0.0:0"]);
    assert!(!refused.status.success());
    assert!(text(&refused.stderr).contains("--listen"));
}

#[test]
fn tokens_are_made_listed_and_revoked() {
    let state = TempDir::new().unwrap();
    let run = |arguments: &[&str]| almanac(state.path(), &[], arguments);
    let made =
        run(&["token", "create", "--role", "operator", "--name", "pipeline", "--expires", "30d"]);
    assert!(made.status.success(), "{}", text(&made.stderr));
    let token = text(&made.stdout);
    assert!(token.starts_with("almanac_") && token.lines().count() == 1, "the token alone");
    assert!(text(&made.stderr).contains("shown this once"));

    let list = text(&run(&["token", "list"]).stdout);
    assert!(
        list.contains("pipeline") && list.contains("operator") && list.contains("valid"),
        "{list}"
    );
    assert!(!list.contains(token.trim()));
    assert!(run(&["token", "revoke", "pipeline"]).status.success());
    assert!(text(&run(&["token", "list"]).stdout).contains("revoked"));
    let again = run(&["token", "revoke", "pipeline"]);
    assert!(!again.status.success() && text(&again.stderr).contains("pipeline"));

    let role = run(&["token", "create", "--role", "king", "--name", "me"]);
    assert!(text(&role.stderr).contains("viewer, analyst, operator, admin"));
}

#[test]
fn the_schema_is_printed() {
    let state = TempDir::new().unwrap();
    let output = text(&almanac(state.path(), &[], &["schema"]).stdout);
    assert!(output.contains("type Image implements Node"));
}

#[test]
fn statistics_and_candidates_of_a_survey() {
    let state = TempDir::new().unwrap();
    let run = |arguments: &[&str]| almanac(state.path(), &[], arguments);
    let json = |arguments: &[&str]| -> serde_json::Value {
        let output = run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let demo = almanac(
        state.path(),
        &[],
        &["demo", "--state-dir", state.path().to_str().unwrap(), "--scale", "0.05", "--no-serve"],
    );
    assert!(demo.status.success(), "{}", text(&demo.stderr));
    let done = json(&["variability", "recompute", "--json"]);
    assert!(done["recomputed"].as_u64().unwrap() > 50, "{done}");
    let first = json(&["ese", "detect", "--preset", "sensitive", "--composite", "--json"]);
    let found = first["detections"].as_array().unwrap();
    assert!(!found.is_empty() && found[0]["score"].is_number(), "{first}");
    let again = json(&["ese", "detect", "--preset", "sensitive", "--json"]);
    assert_eq!(again["created"], 0, "{again}");

    let refused = run(&["ese", "detect", "--preset", "strict"]);
    assert!(!refused.status.success());
    assert!(text(&refused.stderr).contains("conservative, moderate, sensitive"));
    let nobody = run(&["variability", "recompute", "--source", "nobody"]);
    assert_eq!(nobody.status.code(), Some(1));
    assert!(text(&nobody.stderr).contains("nobody"));
}
