//! Survey catalogues: what a query answers, compared with a scan of every row of the surveys' own tables.

#![allow(clippy::unwrap_used, reason = "it is how a test fails")]

mod calibrators;
mod command;
mod files;
mod graph;
mod master;
mod real;
mod scan;
#[path = "../support/mod.rs"]
mod support;
mod synthetic;

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use almanac_database::{Database, Places};
use almanac_entity::UnixTime;
use almanac_service::{
    Sessions,
    catalogues::{BuildOptions, BuildReport, Catalogue, build_catalogue},
};
use tempfile::TempDir;

use crate::support::{Engine, TestDatabase};

/// A state directory with catalogue files, and the databases that are asked together with them.
struct World {
    _databases: Vec<TestDatabase>,
    folder: TempDir,
    sessions: Sessions,
}

impl World {
    async fn new(engine: Engine) -> Self {
        let folder = TempDir::new().unwrap();
        let places = Places::within(folder.path());
        Self::with_places(engine, folder, places).await
    }

    async fn with_places(engine: Engine, folder: TempDir, places: Places) -> Self {
        let mut databases = Vec::new();
        let needed =
            [Database::Calibrators, Database::MasterSources, Database::Products, Database::Hdf5];
        for database in needed {
            databases.push(TestDatabase::migrated(database, engine).await);
        }
        let addresses = databases.iter().map(|test| test.address().clone()).collect();
        let sessions = Sessions::with_places(addresses, places);
        Self { _databases: databases, folder, sessions }
    }

    /// Builds a file of a survey from CSV.
    async fn build(&self, catalogue: Catalogue, dec_center: Option<f64>, csv: &str) -> BuildReport {
        let folder = self.sessions.places().unwrap().catalogues().to_owned();
        build_catalogue(&folder, csv.as_bytes(), &options(catalogue, dec_center)).await.unwrap()
    }
}

fn options(catalogue: Catalogue, dec_center: Option<f64>) -> BuildOptions {
    BuildOptions {
        catalogue,
        dec_center,
        source: "test".to_owned(),
        flux_column: None,
        replace: true,
        now: UnixTime(1.7e9),
    }
}

/// Where the real files are, if they are there.
fn data() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let folder = env::var_os("ALMANAC_DATA").map_or(beside, PathBuf::from);
    let folder = folder.canonicalize().ok().filter(|folder| folder.join("catalogues").is_dir());
    if folder.is_none() {
        eprintln!("there are no real catalogues to ask: ALMANAC_DATA names no folder of them");
    }
    folder
}

/// A real table of a survey.
fn table(data: &Path, name: &str) -> String {
    fs::read_to_string(data.join("catalogues").join(name)).unwrap()
}
