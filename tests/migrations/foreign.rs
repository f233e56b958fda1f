//! A database that something else made is refused and left as it is, to the byte.

use std::{collections::BTreeMap, fs, path::Path};

use almanac_database::{Database, Mode};
use sea_orm::ConnectionTrait;

use crate::support::{Engine, Schema, TestDatabase, connect, engines};

engines!(refused_and_left_as_it_is);

/// The start of a file as the Python pipeline makes it.
const PIPELINE: &str = "
CREATE TABLE ms_index (
    path TEXT PRIMARY KEY,
    start_mjd REAL,
    end_mjd REAL,
    mid_mjd REAL,
    processed_at REAL,
    status TEXT,
    stage TEXT,
    stage_updated_at REAL,
    cal_applied INTEGER DEFAULT 0,
    imagename TEXT
);
CREATE TABLE images (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL,
    ms_path TEXT NOT NULL,
    created_at REAL NOT NULL,
    type TEXT NOT NULL
);
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);
INSERT INTO alembic_version VALUES ('0001_baseline');
INSERT INTO ms_index (path, stage) VALUES ('/data/ms/2025-10-02T00:12:30.ms', 'imaged');
INSERT INTO images VALUES (1, '/data/a.fits', '/data/ms/2025-10-02T00:12:30.ms', 1.5, 'clean');
";

/// Every file beside `file`, with its bytes.
fn folder(file: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(file.parent().unwrap()).unwrap().map(Result::unwrap);
    entries
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .collect()
}

async fn refused_and_left_as_it_is(engine: Engine) {
    let test = TestDatabase::new(Database::Products, engine).await;
    let connection = connect(test.address()).await;
    if engine == Engine::Sqlite {
        // As Python's sqlite3 leaves a file.
        connection.execute_unprepared("PRAGMA journal_mode = DELETE").await.unwrap();
    }
    connection.execute_unprepared(PIPELINE).await.unwrap();
    let schema = Schema::read(&connection).await;
    connection.close().await.unwrap();
    let files = (engine == Engine::Sqlite).then(|| folder(test.file()));

    let error = almanac_migration::open(test.address()).await.unwrap_err().to_string();
    assert!(error.contains("run `almanac adopt`"), "{error}");
    assert!(error.contains("alembic_version") && error.contains("ms_index"), "{error}");

    if let Some(files) = files {
        let after = folder(test.file());
        assert_eq!(files.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
        assert_eq!(files.keys().collect::<Vec<_>>(), ["products.sqlite3"]);
        assert!(files == after, "the file's bytes changed");
    }
    let connection = almanac_database::connect(test.address(), Mode::Read).await.unwrap();
    assert_eq!(schema, Schema::read(&connection).await);
}
