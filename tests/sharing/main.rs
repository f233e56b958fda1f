//! The databases are shared: Python programs write the same files while this process reads and writes.

#![allow(clippy::unwrap_used, reason = "it is how a test fails")]

#[path = "../support/mod.rs"]
mod support;

use std::process::{Command, Stdio};

use almanac_api::graph;
use almanac_database::Database;
use almanac_entity::{
    UnixTime,
    products::{image, ms_index},
};
use almanac_service::{Filter, Repository};
use sea_orm::Set;
use support::{Engine, TestDatabase};

/// Rows that either side writes, one transaction each.
const ROWS: i32 = 200;

/// What the telescope's Python programs do: a transaction a row, waiting for locks as sqlite3 does by
/// default for 30 seconds.
const PYTHON: &str = r#"
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=30)
connection.execute("PRAGMA foreign_keys = ON")
for number in range(int(sys.argv[2])):
    with connection:
        connection.execute("INSERT INTO ms_index (path) VALUES (?)", (f"/python/{number}.ms",))
        connection.execute(
            "INSERT INTO images (path, ms_path, created_at, type) VALUES (?, ?, ?, 'dirty')",
            (f"/python/{number}.fits", f"/python/{number}.ms", 1.7e9 + number),
        )
connection.close()
"#;

fn python() -> Command {
    let mut command = Command::new("python3");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

mod sqlite {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn python_and_this_process_write_one_file_and_lose_nothing() {
        let test = TestDatabase::migrated(Database::Products, Engine::Sqlite).await;
        let sessions = test.sessions();
        let file = test.file().to_owned();
        let writing = tokio::task::spawn_blocking(move || {
            python()
                .args(["-c", PYTHON])
                .arg(file)
                .arg(ROWS.to_string())
                .output()
                .expect("python3 runs")
        });

        let writer_sessions = sessions.clone();
        let rust = tokio::spawn(async move {
            for number in 0..ROWS {
                let transaction = writer_sessions.begin(Database::Products).await.unwrap();
                let path = format!("/rust/{number}.ms");
                let set = ms_index::ActiveModel { path: Set(path.clone()), ..Default::default() };
                Repository::<_, ms_index::Entity>::new(&transaction).insert(set).await.unwrap();
                let image = image::ActiveModel {
                    path: Set(format!("/rust/{number}.fits")),
                    ms_path: Set(path),
                    created_at: Set(UnixTime(1.8e9 + f64::from(number))),
                    kind: Set("clean".into()),
                    ..Default::default()
                };
                Repository::<_, image::Entity>::new(&transaction).insert(image).await.unwrap();
                transaction.commit().await.unwrap();
            }
        });

        let graph = graph(sessions.clone());
        let newest = "{ images(first: 20, orderBy: [{field: CREATED_AT, direction: DESC}]) { totalCount nodes { path measurementSet { path } } } }";
        while !(writing.is_finished() && rust.is_finished()) {
            let response = graph.execute(newest).await;
            assert!(response.errors.is_empty(), "{:?}", response.errors);
        }

        rust.await.expect("every transaction of this process commits");
        let output = writing.await.expect("the thread ends");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let reader = sessions.reader(Database::Products).await.unwrap();
        let images = Repository::<_, image::Entity>::new(&reader);
        assert_eq!(
            images.count(&Filter::default()).await.unwrap(),
            u64::from(ROWS.unsigned_abs()) * 2
        );
    }

    #[tokio::test]
    async fn a_reader_cannot_write_and_creates_no_file() {
        use sea_orm::ConnectionTrait;
        let test = TestDatabase::new(Database::Products, Engine::Sqlite).await;
        let sessions = test.sessions();
        let refused = sessions.reader(Database::Products).await.unwrap_err().to_string();
        for part in ["products.sqlite3", "test", "almanac migrate upgrade --database products"] {
            assert!(refused.contains(part), "{refused}");
        }
        assert!(!test.file().exists());

        test.migrate().await;
        let reader = sessions.reader(Database::Products).await.unwrap();
        let written = reader.execute_unprepared("INSERT INTO ms_index (path) VALUES ('a')").await;
        assert!(written.is_err());
    }
}

mod postgres {
    use super::*;

    #[tokio::test]
    async fn a_reader_cannot_write() {
        use sea_orm::ConnectionTrait;
        let test = TestDatabase::migrated(Database::Products, Engine::Postgres).await;
        let reader = test.sessions().reader(Database::Products).await.unwrap();
        let written = reader.execute_unprepared("INSERT INTO ms_index (path) VALUES ('a')").await;
        assert!(written.unwrap_err().to_string().contains("read-only"));
    }
}
