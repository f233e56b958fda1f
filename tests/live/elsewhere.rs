//! Another process that writes to a database, as the pipeline's programs do: it knows nothing of who reads.

use std::{
    future::Future,
    io::Write,
    process::{Command, Stdio},
    time::Duration,
};

use almanac_database::Location;
use almanac_service::live::{Live, Settings};

use crate::support::TestDatabase;

/// Runs a statement a line, each its own transaction unless lines begin and commit one.
const PYTHON: &str = r"
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None)
connection.execute('PRAGMA foreign_keys = ON')
for line in sys.stdin:
    connection.execute(line)
connection.close()
";

/// Nobody waits longer than this for what has to come.
const PATIENCE: Duration = Duration::from_mins(1);

/// Runs these statements in another process, which ends before this returns.
pub(crate) async fn write(test: &TestDatabase, statements: impl IntoIterator<Item = String>) {
    let mut command = match &test.address().location {
        Location::File(file) => {
            let mut python = Command::new("python3");
            python.args(["-c", PYTHON]).arg(file);
            python
        }
        Location::Postgres(url) => {
            let mut psql = Command::new("psql");
            psql.args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", url.as_str()]);
            psql.env("PGOPTIONS", format!("-c search_path={}", test.address().schema));
            psql
        }
        Location::Memory => unreachable!("no other process has this memory"),
    };
    let text: String = statements.into_iter().map(|statement| statement + ";\n").collect();
    tokio::task::spawn_blocking(move || {
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("python3 and psql run");
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    })
    .await
    .unwrap();
}

/// A server's topics of one database, looked at often.
pub(crate) fn live(test: &TestDatabase) -> Live {
    Live::new(test.sessions(), Settings { interval: Duration::from_millis(20) })
}

/// What comes; a test that would wait for ever fails.
pub(crate) async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, what).await.expect("it comes before long")
}

pub(crate) fn measurement_set() -> String {
    "INSERT INTO ms_index (path) VALUES ('/a.ms')".to_owned()
}

/// An image of that measurement set.
pub(crate) fn image(number: usize) -> String {
    format!(
        "INSERT INTO images (path, ms_path, created_at, type) \
         VALUES ('/{number:06}.fits', '/a.ms', {number}, 'image')"
    )
}

/// An observation group. Its times say nothing of when it is written.
pub(crate) fn group(number: usize) -> String {
    format!(
        "INSERT INTO ingest_queue (group_id, state, received_at, last_update) \
         VALUES ('{}', 'collecting', {number}, {number})",
        group_id(number)
    )
}

pub(crate) fn group_id(number: usize) -> String {
    format!("2025-10-{:02}T{:02}:{:02}:00", 1 + number / 1440, number / 60 % 24, number % 60)
}

pub(crate) fn state(number: usize, state: &str) -> String {
    format!("UPDATE ingest_queue SET state = '{state}' WHERE group_id = '{}'", group_id(number))
}
