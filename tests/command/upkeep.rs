//! Copies, moves, and what is printed of revisions.

use std::path::Path;

use rusqlite::Connection;
use serde_json::Value as Json;
use tempfile::TempDir;

use crate::{almanac, text};

/// A state directory with `ingest` one revision behind, and a pointing in it.
fn state() -> TempDir {
    let state = TempDir::new().unwrap();
    succeeds(state.path(), &["migrate", "upgrade", "--database", "ingest"]);
    succeeds(state.path(), &["migrate", "downgrade", "--database", "ingest"]);
    let ingest = Connection::open(state.path().join("ingest.sqlite3")).unwrap();
    ingest.execute("INSERT INTO ingest_queue (group_id, state, received_at, last_update) VALUES ('2025-10-02T00:00:00', 'pending', 1, 1)", []).unwrap();
    state
}

#[track_caller]
fn succeeds(state: &Path, arguments: &[&str]) -> String {
    let output = almanac(state, &[], arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

fn groups(file: &Path) -> i64 {
    let database = Connection::open(file).unwrap();
    database.query_row("SELECT COUNT(*) FROM ingest_queue", [], |row| row.get(0)).unwrap()
}

#[test]
fn rows_are_backed_up_before_an_upgrade() {
    let state = state();
    let plan = succeeds(state.path(), &["migrate", "plan", "--database", "ingest"]);
    assert!(plan.contains("statements"), "{plan}");
    succeeds(state.path(), &["migrate", "upgrade", "--database", "ingest"]);

    let listed = succeeds(state.path(), &["backup", "list", "--json"]);
    let listed: Json = serde_json::from_str(&listed).unwrap();
    let backup = listed[0]["folder"].as_str().unwrap();
    assert_eq!(listed[0]["manifest"]["database"], "ingest");
    assert!(succeeds(state.path(), &["backup", "verify", backup]).contains("whole"));

    // What is up to date needs none.
    succeeds(state.path(), &["migrate", "upgrade", "--database", "ingest"]);
    let again = succeeds(state.path(), &["backup", "list", "--json"]);
    assert_eq!(serde_json::from_str::<Json>(&again).unwrap().as_array().unwrap().len(), 1);
}

#[test]
fn a_backup_is_put_back_when_somebody_says_so() {
    let state = state();
    let made = succeeds(state.path(), &["backup", "create", "--database", "ingest", "--json"]);
    let made: Json = serde_json::from_str(&made).unwrap();
    let backup = made[0]["folder"].as_str().unwrap();
    let file = state.path().join("ingest.sqlite3");
    Connection::open(&file).unwrap().execute("DELETE FROM ingest_queue", []).unwrap();

    let there = almanac(state.path(), &[], &["backup", "restore", backup]);
    assert!(!there.status.success() && groups(&file) == 0, "{}", text(&there.stderr));
    let nobody = almanac(state.path(), &[], &["backup", "restore", backup, "--replace"]);
    assert!(text(&nobody.stderr).contains("--yes") && groups(&file) == 0);
    let done = succeeds(state.path(), &["backup", "restore", backup, "--replace", "--yes"]);
    assert_eq!(groups(&file), 1, "{done}");
    assert!(done.contains("what was there before"), "{done}");

    succeeds(state.path(), &["backup", "create", "--database", "ingest"]);
    succeeds(state.path(), &["backup", "prune", "--keep", "1", "--yes"]);
    let left = succeeds(state.path(), &["backup", "list", "--json"]);
    assert_eq!(serde_json::from_str::<Json>(&left).unwrap().as_array().unwrap().len(), 1);
    assert!(!Path::new(backup).exists());
}

#[test]
fn the_state_directory_moves_and_stays() {
    let (state, new) = (state(), TempDir::new().unwrap());
    let inventory = succeeds(state.path(), &["state", "inventory"]);
    assert!(inventory.contains("ingest at m2"), "{inventory}");
    let to = new.path().join("state");
    let to_text = to.to_str().unwrap();

    succeeds(state.path(), &["state", "migrate", to_text, "--dry-run"]);
    assert!(!to.exists(), "a dry run writes nothing");
    let moved = succeeds(state.path(), &["state", "migrate", to_text, "--yes"]);
    assert!(moved.contains("compared"), "{moved}");
    assert_eq!(groups(&to.join("ingest.sqlite3")), 1);
    assert_eq!(groups(&state.path().join("ingest.sqlite3")), 1);
    assert!(moved.contains(&format!("next: almanac state archive {}", state.path().display())));

    let old = state.path().to_str().unwrap();
    let early = almanac(&to, &[], &["state", "archive", old, "--yes"]);
    assert!(!early.status.success() && text(&early.stderr).contains("7 days"), "it is the backup");
    let again =
        ["state", "migrate", to_text, "--archive-after", "0", "--promote-db", "--yes", "--json"];
    let report: Json = serde_json::from_str(&succeeds(state.path(), &again)).unwrap();
    assert_eq!(report["proof"]["sums"]["ingest.sqlite3"]["old"].as_str().unwrap().len(), 64);
    let nobody = almanac(&to, &[], &["state", "archive", old]);
    assert!(text(&nobody.stderr).contains("--yes") && state.path().exists());
    let aside = succeeds(&to, &["state", "archive", old, "--yes", "--json"]);
    let aside: Json = serde_json::from_str(&aside).unwrap();
    let aside = aside["to"].as_str().unwrap();
    assert!(!state.path().exists() && groups(&Path::new(aside).join("ingest.sqlite3")) == 1);
    // It is in no folder that goes by itself any more.
    std::fs::remove_dir_all(aside).unwrap();
}

#[test]
fn statements_printed_are_statements_that_run() {
    let state = TempDir::new().unwrap();
    let sql = succeeds(state.path(), &["migrate", "upgrade", "--database", "hdf5", "--sql"]);
    assert!(!state.path().join("hdf5.sqlite3").exists(), "printing creates nothing");
    let file = state.path().join("hdf5.sqlite3");
    Connection::open(&file).unwrap().execute_batch(&sql).unwrap();
    succeeds(state.path(), &["migrate", "current", "--database", "hdf5"]);
    succeeds(state.path(), &["migrate", "verify", "--database", "hdf5"]);

    succeeds(state.path(), &["migrate", "check", "--database", "hdf5"]);

    let shown = succeeds(state.path(), &["migrate", "show", "--database", "hdf5", "core"]);
    assert!(shown.contains("CREATE TABLE") && shown.contains("DROP TABLE"), "{shown}");
    let heads = succeeds(state.path(), &["migrate", "heads", "--all"]);
    assert_eq!(heads.lines().count(), 8);

    Connection::open(&file)
        .unwrap()
        .execute_batch("ALTER TABLE hdf5_file_index ADD COLUMN weather TEXT")
        .unwrap();
    let differs = almanac(state.path(), &[], &["migrate", "verify", "--database", "hdf5"]);
    assert_eq!(differs.status.code(), Some(1));
    assert!(text(&differs.stdout).contains("weather"));
    let checked = almanac(state.path(), &[], &["migrate", "check", "--database", "hdf5"]);
    assert_eq!(checked.status.code(), Some(1));
    let found = text(&checked.stdout);
    assert!(found.contains("changed by hand") && found.lines().count() == 1, "{found}");
}
