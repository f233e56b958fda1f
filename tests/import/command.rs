//! The command itself: what it prints where, and how it ends.

use std::{
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
};

use almanac_entity::Database;
use serde_json::{Value, json};

use crate::support::{Engine, TestDatabase};

/// Runs `almanac import master_sources sources -` with `text` on standard input.
fn almanac(file: &Path, arguments: &[&str], text: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_almanac"))
        .args(["import", "master_sources", "sources", "-"])
        .args(arguments)
        .env("MASTER_SOURCES_DB", file)
        .env_remove("RUST_LOG")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn the_exit_code_says_whether_anything_was_written() {
    let test = TestDatabase::migrated(Database::MasterSources, Engine::Sqlite).await;
    let file = test.file();
    let bad = "source_id,ra_deg,dec_deg\nA,1,2\nB,1,north\n";

    let output = almanac(file, &[], bad);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stdout)
            .starts_with("2 rows read, 0 written to sources of master_sources, 2 left out; ")
    );
    assert!(text(&output.stderr).starts_with("-:3: dec_deg: `north` is not a finite number\n"));

    let output = almanac(file, &["--skip-invalid"], bad);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stdout).starts_with("2 rows read, 1 written"));

    let output = almanac(file, &[], "source_id,dec_deg,north\nA,1,2\n");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stdout), "");
    assert!(text(&output.stderr).starts_with("error: -: line 1: `sources` has no `north`"));
}

#[tokio::test]
async fn options_may_be_repeated_or_listed() {
    let test = TestDatabase::migrated(Database::MasterSources, Engine::Sqlite).await;
    let arguments = [
        ["--map", "source_id=name,ra_deg=ra"],
        ["--map", "dec_deg=dec*0.5"],
        ["--set", "legacy_id={number}"],
        ["--ignore", "a,b"],
        ["--ignore", "c"],
    ];
    let output =
        almanac(test.file(), arguments.as_flattened(), "name,ra,dec,number,a,b,c\nA,1,2,3,,,\n");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));

    let output = almanac(test.file(), &["--map", "source_id"], "");
    assert_eq!(
        output.status.code(),
        Some(2),
        "a mapping without `=` is refused by the command line"
    );
}

#[tokio::test]
async fn a_report_can_be_had_as_json() {
    let test = TestDatabase::migrated(Database::MasterSources, Engine::Sqlite).await;
    let bad = "source_id,ra_deg,dec_deg\nA,1,2\nB,1\n";
    let output = almanac(test.file(), &["--json", "--skip-invalid"], bad);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&report["rows_read"], &report["written"], &report["left_out"]),
        (&json!(2), &json!(1), &json!(1))
    );
    let problem = json!({"line": 3, "column": null, "message": "it has 2 cells, the header 3"});
    assert_eq!(report["problems"], json!([problem]));
    assert!(report["seconds"].is_f64());
}
