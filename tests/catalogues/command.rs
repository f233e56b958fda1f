//! `almanac catalog`, `calibrators` and `skymodel`, run as a person runs them.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use serde_json::Value as Json;
use tempfile::TempDir;

use crate::data;

fn almanac(state: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_almanac"));
    command.env_clear().env("PIPELINE_STATE_DIR", state).args(arguments).output().unwrap()
}

/// What a command prints; it must succeed.
#[track_caller]
fn printed(state: &Path, arguments: &[&str]) -> String {
    let output = almanac(state, arguments);
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{arguments:?}: {complaint}");
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn json(state: &Path, arguments: &[&str]) -> Json {
    serde_json::from_str(&printed(state, arguments)).unwrap()
}

fn state() -> TempDir {
    let state = TempDir::new().unwrap();
    printed(state.path(), &["migrate", "upgrade", "--all"]);
    state
}

#[test]
fn a_catalogue_is_built_and_asked() {
    let state = state();
    let state = state.path();
    let table = state.join("table.csv");
    fs::write(&table, "nvss_id,ra_deg,dec_deg,s_int_jy\nNVSS A,10,-5.1,0.5\nNVSS B,10,-5.2,1.5\n")
        .unwrap();
    let table = table.to_str().unwrap();
    let built = json(state, &["catalog", "build", "nvss", table, "--dec", "-5", "--json"]);
    assert_eq!(built["sources"], 2);
    assert!(!almanac(state, &["catalog", "build", "nvss", table, "--dec", "-5"]).status.success());
    let found = json(state, &["catalog", "query", "10", "-5", "--radius", "0.3", "--json"]);
    assert_eq!(found["sources"][0]["source_name"], "NVSS_10.000000_-5.200000");
    assert_eq!(found["sources"][0]["flux_jy"], 1.5);
    assert_eq!(found["warnings"], serde_json::json!([]));
    let file = built["path"].as_str().unwrap();
    let alone =
        ["catalog", "query", "10", "-5", "--catalog", "nvss", "--file", file, "--limit", "1"];
    assert!(printed(state, &alone).contains("NVSS B"));
    let files = json(state, &["catalog", "info", "--json"]);
    assert_eq!(files[0]["meta"]["n_sources"], "2");
    let info = json(state, &["catalog", "info", "NVSS_10.0_-5.1", "--json"]);
    assert_eq!(info["source_name"], "NVSS_10.000000_-5.100000");
    let nobody = almanac(state, &["catalog", "info", "nobody"]);
    assert_eq!(nobody.status.code(), Some(1));
    let master = json(state, &["catalog", "build", "master", table, "--json"]);
    assert_eq!(master["sources"], 2);
}

#[test]
fn calibrators_are_registered_and_listed() {
    let state = state();
    let state = state.path();
    let register = ["calibrators", "register", "3C286", "202.7845", "30.5092", "--dec-min", "25"];
    assert!(printed(state, &register).contains("active"));
    let again =
        ["calibrators", "register", "3C48", "24.4221", "33.1597", "--supersede", "5", "--json"];
    assert_eq!(json(state, &again)["replaced"][0]["calibrator_name"], "3C286");
    let listed = json(state, &["calibrators", "list", "--json"]);
    assert_eq!(listed.as_array().unwrap().len(), 1);
    let at = json(state, &["calibrators", "list", "--dec", "-30", "--json"]);
    assert_eq!(at, serde_json::json!([]));
    assert_eq!(json(state, &["calibrators", "transits", "--json"])["inserted"], 0);
    let Some(data) = data() else { return };
    let list = data.join("calibrators/vla_calibrators_nrao_format.txt");
    let import = ["calibrators", "import-vla", list.to_str().unwrap(), "--json"];
    let first = json(state, &import);
    assert_eq!((&first["entries"], &first["faults"]), (&1595.into(), &serde_json::json!([])));
    assert_eq!(json(state, &import)["inserted"], 0);
}

#[test]
fn a_sky_model_is_made_checked_and_deleted() {
    let state = state();
    let state = state.path();
    let sources = state.join("sources.csv");
    fs::write(&sources, "name,ra_deg,dec_deg,flux_jy\nNVSS A,10,30,1.5\n").unwrap();
    let create = ["skymodel", "create", "f1", sources.to_str().unwrap(), "--notes", "by hand"];
    printed(state, &create);
    let path = state.join("skymodels/f1.skymodel");
    assert!(fs::read_to_string(&path).unwrap().contains("NVSS_A 10.0000000000"));
    assert_eq!(json(state, &["skymodel", "list", "--json"])[0]["n_sources"], 1);
    assert_eq!(json(state, &["skymodel", "read", "f1.skymodel", "--json"])["total_flux_jy"], 1.5);
    printed(state, &["skymodel", "verify", "f1"]);
    fs::write(&path, "A 1 2 3\n").unwrap();
    assert_eq!(almanac(state, &["skymodel", "verify", "f1"]).status.code(), Some(1));
    let asked = almanac(state, &["skymodel", "delete", "f1", "--delete-files"]);
    assert!(!asked.status.success() && path.is_file(), "nobody has said yes");
    printed(state, &["skymodel", "delete", "f1", "--delete-files", "--yes"]);
    assert!(!path.exists());
    assert_eq!(almanac(state, &["skymodel", "verify", "f1"]).status.code(), Some(1));
}
