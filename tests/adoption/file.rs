//! A file of the pipeline in a state directory of its own, and the command that takes it over.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use almanac_database::{Address, Database, Location, Origin};
use almanac_service::Sessions;
use rusqlite::{Connection, types::FromSql};
use serde_json::Value as Json;
use tempfile::TempDir;

use crate::content::Content;

/// What the telescope's `products` file of 2025-11-29 is made of.
pub(crate) const PRODUCTION: [&str; 13] = [
    "images_b",
    "photometry_c",
    "variability_stats_b",
    "ese_candidates_a",
    "mosaics_c",
    "alert_history_a",
    "jobs_a",
    "batch_jobs_a",
    "calibration_qa_b",
    "dead_letter_queue_a",
    "observing",
    "operations",
    "production",
];

/// A file of the pipeline.
pub(crate) struct File {
    state: TempDir,
    pub(crate) database: Database,
}

impl File {
    /// The file that Python made of these parts, which lie below `shapes/<database>`.
    pub(crate) fn new(database: Database, parts: &[&str]) -> Self {
        Self::of(database, parts.iter().map(|part| format!("{database}/{part}")))
    }

    /// The file made of these parts, which lie below `shapes`.
    pub(crate) fn of(database: Database, parts: impl IntoIterator<Item = String>) -> Self {
        let file = Self { state: TempDir::new().unwrap(), database };
        fs::create_dir_all(file.path().parent().unwrap()).unwrap();
        let connection = file.open();
        // As Python's sqlite3 leaves it.
        connection.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
        for part in parts {
            let sql = fs::read_to_string(shapes().join(&part).with_extension("sql")).unwrap();
            connection.execute_batch(&sql).unwrap_or_else(|error| panic!("{part}: {error}"));
        }
        file
    }

    /// Where it lies when nothing else is said.
    pub(crate) fn path(&self) -> PathBuf {
        let folder = match self.database {
            Database::MasterSources => self.state().join("catalogs"),
            _ => self.state().to_owned(),
        };
        folder.join(self.database.file_name())
    }

    pub(crate) fn state(&self) -> &Path {
        self.state.path()
    }

    pub(crate) fn open(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }

    /// The value that `sql` selects.
    #[track_caller]
    pub(crate) fn value<T: FromSql>(&self, sql: &str) -> T {
        let value = self.open().query_row(sql, [], |row| row.get(0));
        value.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// The values that `sql` selects.
    #[track_caller]
    pub(crate) fn values<T: FromSql>(&self, sql: &str) -> Vec<T> {
        let connection = self.open();
        let mut statement =
            connection.prepare(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(|row| row.unwrap_or_else(|error| panic!("{sql}: {error}"))).collect()
    }

    pub(crate) fn content(&self) -> Content {
        Content::read(&self.open())
    }

    /// Every file of the state directory, with its bytes.
    pub(crate) fn bytes(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut folders = vec![self.state().to_owned()];
        let mut files = BTreeMap::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                if entry.is_dir() {
                    folders.push(entry);
                } else {
                    files.insert(entry.clone(), fs::read(entry).unwrap());
                }
            }
        }
        files
    }

    pub(crate) fn almanac(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_almanac"));
        command.env_clear().env("PIPELINE_STATE_DIR", self.state()).args(arguments);
        command.output().unwrap()
    }

    /// What the command reports, which succeeds.
    #[track_caller]
    pub(crate) fn report(&self, arguments: &[&str]) -> Json {
        let output = self.almanac(arguments);
        assert!(
            output.status.success(),
            "{arguments:?}: {}{}",
            text(&output.stdout),
            text(&output.stderr)
        );
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{arguments:?}: {error}: {}", text(&output.stdout)))
    }

    /// What `inspect` says of it, which tells by its tables which database it is.
    #[track_caller]
    pub(crate) fn inspect(&self) -> Json {
        let report = self.report(&["inspect", self.path().to_str().unwrap(), "--json"]);
        report[0].clone()
    }

    /// Takes it over, whatever has to be made anew.
    #[track_caller]
    pub(crate) fn adopt(&self) -> Json {
        self.report(&[
            "adopt",
            "--database",
            self.database.as_str(),
            "--reshape",
            "--yes",
            "--json",
        ])
    }

    /// The service's sessions on it.
    pub(crate) fn sessions(&self) -> Sessions {
        let location = Location::File(self.path());
        Sessions::new(vec![Address::new(self.database, location, Origin::Argument("test"))])
    }
}

/// Where the parts lie that files are made of.
pub(crate) fn shapes() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/adoption/shapes")
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
