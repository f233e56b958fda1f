//! Databases that are gone, damaged or locked cost only their own fields.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Stdio},
};

use serde_json::Value as Json;

use crate::{
    server::{Server, almanac, survey},
    tools::python,
};

/// Takes a file out of write-ahead logging, where readers pass writers, locks it and holds it until it ends.
const HOLD: &str = "
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)
assert connection.execute('PRAGMA journal_mode = DELETE').fetchone() == ('delete',)
connection.execute('BEGIN EXCLUSIVE')
print('locked', flush=True)
sys.stdin.read()
";

/// One field of each database.
const QUERY: &str = "{
    ingest: ingestGroups { totalCount }
    calRegistry: caltables { totalCount }
    products: images { totalCount }
    masterSources: sources { totalCount }
    calibrators: vlaCalibrators { totalCount }
    hdf5: hdf5Files { totalCount }
    dataRegistry: dataProducts { totalCount }
    astrid: astridSurveys { totalCount }
}";

/// Another program that holds a file locked until this is dropped.
struct Holder(Child);

impl Holder {
    fn lock(file: &Path) -> Self {
        let mut program = python();
        program.args(["-c", HOLD]).arg(file).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = program.spawn().expect("Python starts");
        let mut line = String::new();
        let output = child.stdout.as_mut().expect("its output is ours");
        BufReader::new(output).read_line(&mut line).expect("it says that it holds the lock");
        assert_eq!(line, "locked\n");
        Self(child)
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The codes of the errors by their fields, and whether every other field was answered.
#[track_caller]
fn assert_only(server: &Server, ill: &[(&str, &str)]) {
    let answer = server.post(QUERY).json();
    let errors = answer["errors"].as_array().cloned().unwrap_or_default();
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    let mut found: Vec<_> = errors
        .iter()
        .map(|error| (text(&error["path"][0]), text(&error["extensions"]["code"])))
        .collect();
    found.sort();
    let expected: Vec<_> =
        ill.iter().map(|(field, code)| ((*field).to_owned(), (*code).to_owned())).collect();
    assert_eq!(found, expected, "{answer:#}");
    for (field, list) in answer["data"].as_object().expect("there is data") {
        let is_ill = ill.iter().any(|(ill, _)| ill == field);
        assert_eq!(list.is_null(), is_ill, "{field}: {list}");
    }
}

#[test]
fn what_is_down_costs_only_its_own_fields() {
    let folder = survey();
    let state = folder.path().join("state");
    fs::remove_file(state.join("hdf5.sqlite3")).unwrap();
    let calibrators = state.join("calibrators.sqlite3");
    let mut bytes = fs::read(&calibrators).unwrap();
    bytes[..4096].fill(b'x');
    fs::write(&calibrators, bytes).unwrap();
    // The server writes to databases with positions, and takes them into write-ahead logging again then.
    drop(Holder::lock(&state.join("data_registry.sqlite3")));
    let holder = Holder::lock(&state.join("ingest.sqlite3"));

    let server = Server::of(folder, &["--no-rate-limits"]);
    let down = [
        ("calibrators", "DATABASE_UNAVAILABLE"),
        ("hdf5", "DATABASE_UNAVAILABLE"),
        ("ingest", "DATABASE_BUSY"),
    ];
    assert_only(&server, &down);

    let ready = server.send("GET", "/readyz", "", "");
    assert_eq!(ready.status, 200, "five databases are enough to be asked");
    for (index, words) in
        [(0, "locked"), (4, "damaged"), (5, "almanac migrate upgrade --database hdf5")]
    {
        let message = &ready.json()["databases"][index]["message"];
        assert!(message.as_str().is_some_and(|message| message.contains(words)), "{message}");
    }
    let doctor = almanac(server.folder()).arg("doctor").output().unwrap();
    assert!(!doctor.status.success());
    let findings = String::from_utf8(doctor.stdout).unwrap();
    for line in ["ingest: locked", "calibrators: broken", "hdf5: missing", "products: well"] {
        assert!(findings.contains(line), "{findings}");
    }

    // What is mended answers again without a restart.
    drop(holder);
    assert_only(&server, &down[..2]);
    // And what is locked while it is open is busy, too.
    let _holder = Holder::lock(&server.folder().join("state/data_registry.sqlite3"));
    let down = [down[0], ("dataRegistry", "DATABASE_BUSY"), down[1]];
    assert_only(&server, &down);
}
