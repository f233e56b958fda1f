//! Bandpass calibrators out of the old table in `products`, as the calibrators migration guide has it.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Output,
};

use almanac_database::{Database, Mode, connect};
use almanac_entity::{
    UnixTime,
    calibrators::{
        CalibratorHistoryOrigin, CalibratorStatus, bandpass_calibrator, bandpass_calibrator_history,
    },
};
use almanac_upkeep::digest::{TableDigest, digests_at};
use rusqlite::Connection;
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use crate::{
    almanac,
    support::{Engine, TestDatabase, engines},
    text,
};

engines!(
    every_row_finds_its_place,
    a_second_run_changes_nothing,
    what_is_newer_here_stays,
    what_changed_in_the_old_table_follows,
    no_calibrators_are_no_fault,
    a_row_that_cannot_be_taken_over_is_named,
);

/// The old table, as the Python pipeline made it.
const OLD: &str = "PRAGMA journal_mode = WAL;
    CREATE TABLE bandpass_calibrators (id INTEGER PRIMARY KEY AUTOINCREMENT,
        calibrator_name TEXT NOT NULL, ra_deg REAL NOT NULL, dec_deg REAL NOT NULL,
        dec_range_min REAL NOT NULL, dec_range_max REAL NOT NULL, registered_at REAL NOT NULL,
        registered_by TEXT, status TEXT DEFAULT 'active', notes TEXT);";

/// Rows of it: a name three times, one of them out of use and newer; one that nobody registered; no name.
const ROWS: &str = "INSERT INTO bandpass_calibrators VALUES
    (1, '3C286', 202.7845, 30.5092, 20, 40, 1000.25, 'streaming', 'inactive', 'first'),
    (2, '3C286', 202.7845, 30.5092, 25, 35, 2000.5, NULL, 'active', NULL),
    (3, '3C286', 202.7845, 30.5092, 26, 34, 3000.5, 'ops', 'inactive', 'a trial'),
    (4, '3C48', 24.4221, 33.1597, 28, 38, 1500, 'streaming', NULL, 'größer'),
    (5, '3C48', 24.4221, 33.1597, 29, 38, 1500, 'streaming', 'active', NULL),
    (6, ' ', 1, 2, 3, 4, 5, NULL, 'active', NULL),
    (7, 'at zero', 0.0, 0.0, -5, 5, 1700, 'ops', 'deprecated', NULL);";

/// A state directory with an old `products`, and a place for the calibrators.
pub(crate) struct World {
    pub(crate) state: TempDir,
    pub(crate) calibrators: TestDatabase,
}

impl World {
    pub(crate) async fn new(engine: Engine, old: &str) -> Self {
        let state = TempDir::new().unwrap();
        let calibrators = TestDatabase::new(Database::Calibrators, engine).await;
        let world = Self { state, calibrators };
        world.products().execute_batch(old).unwrap();
        world
    }

    pub(crate) async fn filled(engine: Engine) -> Self {
        Self::new(engine, &format!("{OLD}{ROWS}")).await
    }

    pub(crate) fn products(&self) -> Connection {
        Connection::open(self.state.path().join("products.sqlite3")).unwrap()
    }

    /// `almanac calibrators` with the arguments.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let place = [("PIPELINE_CALIBRATORS_DB", &*self.calibrators.url())];
        almanac(self.state.path(), &place, &[&["calibrators"], arguments].concat())
    }

    #[track_caller]
    pub(crate) fn report(&self, code: i32, arguments: &[&str]) -> Json {
        let output = self.run(&[arguments, &["--json"]].concat());
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", text(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    pub(crate) async fn current(&self) -> Vec<bandpass_calibrator::Model> {
        let connection = connect(self.calibrators.address(), Mode::Read).await.unwrap();
        let found = bandpass_calibrator::Entity::find()
            .order_by_asc(bandpass_calibrator::Column::CalibratorName)
            .all(&connection)
            .await;
        connection.close().await.unwrap();
        found.unwrap()
    }

    async fn history(&self) -> Vec<bandpass_calibrator_history::Model> {
        let connection = connect(self.calibrators.address(), Mode::Read).await.unwrap();
        let found = bandpass_calibrator_history::Entity::find()
            .order_by_asc(bandpass_calibrator_history::Column::Id)
            .all(&connection)
            .await;
        connection.close().await.unwrap();
        found.unwrap()
    }

    pub(crate) async fn digests(&self) -> Vec<TableDigest> {
        digests_at(self.calibrators.address()).await.unwrap()
    }
}

/// Every file below a folder with its content; who reads leaves a mark in the index of a log that is in use.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let is_index = path.to_string_lossy().ends_with("-shm");
            found
                .insert(path.clone(), if is_index { Vec::new() } else { fs::read(&path).unwrap() });
        }
    }
    found
}

fn counts(report: &Json) -> [&Json; 5] {
    ["source", "inserted", "updated", "archived", "already_present"].map(|count| &report[count])
}

async fn every_row_finds_its_place(engine: Engine) {
    let world = World::filled(engine).await;
    let before = fs::read(world.state.path().join("products.sqlite3")).unwrap();
    let report = world.report(0, &["migrate", "--verify"]);
    assert_eq!(counts(&report), [&json!(7), &json!(3), &json!(0), &json!(3), &json!(0)]);
    assert_eq!(report["skipped"], json!(["6"]));
    assert_eq!(
        report["verification"],
        json!({"source": 7, "migrated": 3, "archived": 3, "skipped": 1, "missing": [], "extra": []})
    );
    assert_eq!(fs::read(world.state.path().join("products.sqlite3")).unwrap(), before);

    let current = world.current().await;
    let [c286, c48, zero] = &current[..] else { panic!("{current:?}") };
    assert_eq!((c286.registered_at.0, c286.dec_range_min), (2000.5, Some(25.0)), "one in use");
    assert_eq!((c286.registered_by.as_deref(), &c286.notes), (Some("migration"), &None));
    assert_eq!(c48.dec_range_min, Some(29.0), "of two at one time the one of the higher number");
    assert_eq!((zero.ra_deg, zero.dec_deg), (0.0, 0.0));
    assert_eq!(zero.status, Some(CalibratorStatus::Deprecated));

    let history = world.history().await;
    let mut origins: Vec<_> = history.iter().map(|line| line.origin_id.unwrap()).collect();
    origins.sort_unstable();
    assert_eq!(origins, [1, 3, 4]);
    assert!(history.iter().all(|line| line.origin == CalibratorHistoryOrigin::Migration));
    let fourth = history.iter().find(|line| line.origin_id == Some(4)).unwrap();
    assert_eq!(
        (&fourth.status, fourth.notes.as_deref(), fourth.registered_at.0),
        (&Some(CalibratorStatus::Active), Some("größer"), 1500.0)
    );
    let counted = world.report(0, &["count"]);
    assert_eq!(counted, json!({"calibrators": 3, "active": 2, "past": 3}));
    let log = fs::read_to_string(world.state.path().join("logs/calibrators.log")).unwrap();
    assert!(log.lines().count() == 1 && log.contains("\"inserted\":3"), "{log}");
}

async fn a_second_run_changes_nothing(engine: Engine) {
    let world = World::filled(engine).await;
    world.report(0, &["migrate"]);
    let before = world.digests().await;
    let backups = files(&world.state.path().join("backups")).len();
    let again = world.report(0, &["migrate", "--verify"]);
    assert_eq!(counts(&again), [&json!(7), &json!(0), &json!(0), &json!(0), &json!(6)]);
    assert_eq!(again["verification"]["missing"], json!([]));
    assert_eq!(world.digests().await, before, "not a row in any table, the change log included");
    assert_eq!(files(&world.state.path().join("backups")).len(), backups, "and none to keep");
}

async fn what_is_newer_here_stays(engine: Engine) {
    let world = World::filled(engine).await;
    let place = [("PIPELINE_CALIBRATORS_DB", &*world.calibrators.url())];
    let up = ["migrate", "upgrade", "--database", "calibrators"];
    assert!(almanac(world.state.path(), &place, &up).status.success());
    world.report(0, &["register", "3C286", "202.7", "30.5", "--by", "me"]);
    let mine = world.current().await;
    let report = world.report(0, &["migrate", "--verify"]);
    assert_eq!(counts(&report), [&json!(7), &json!(2), &json!(0), &json!(4), &json!(0)]);
    assert_eq!(report["verification"]["missing"], json!([]));
    assert!(world.current().await.contains(&mine[0]), "it was registered later");

    // What was taken over and then registered anew is found where it went.
    world.report(0, &["register", "3C48", "24.4221", "33.1597", "--by", "me"]);
    let again = world.report(0, &["migrate", "--verify"]);
    assert_eq!((&again["already_present"], &again["migrated"]), (&json!(6), &json!(0)));
    assert_eq!(again["verification"]["missing"], json!([]));
}

async fn what_changed_in_the_old_table_follows(engine: Engine) {
    let world = World::filled(engine).await;
    world.report(0, &["migrate"]);
    let id = world.current().await[0].id;
    world
        .products()
        .execute_batch(
            "UPDATE bandpass_calibrators SET status = 'inactive' WHERE calibrator_name = '3C286';
             INSERT INTO bandpass_calibrators VALUES
                 (8, '3C286', 202.7845, 30.5092, 24, 36, 4000, 'ops', 'active', 'anew');
             UPDATE bandpass_calibrators SET notes = 'seen' WHERE id = 1;
             INSERT INTO bandpass_calibrators VALUES
                 (9, 'new', 10, 20, 15, 25, 4000, 'ops', 'active', NULL);",
        )
        .unwrap();
    let behind = world.report(1, &["verify"]);
    assert_eq!(behind["missing"], json!(["2", "8", "9"]));
    let report = world.report(0, &["migrate", "--verify"]);
    assert_eq!((&report["inserted"], &report["updated"]), (&json!(1), &json!(1)));
    assert_eq!(report["verification"]["missing"], json!([]));
    let current = world.current().await;
    assert_eq!((current[0].id, current[0].registered_at.0), (id, 4000.0), "its number stays");
    let history = world.history().await;
    let first = history.iter().find(|line| line.origin_id == Some(1)).unwrap();
    assert_eq!(first.notes.as_deref(), Some("seen"));
    assert_eq!(history.iter().filter(|line| line.registered_at == UnixTime(2000.5)).count(), 2);
}

async fn no_calibrators_are_no_fault(engine: Engine) {
    for old in ["CREATE TABLE other (x);", OLD] {
        let world = World::new(engine, old).await;
        let report = world.report(0, &["migrate", "--verify"]);
        assert_eq!(counts(&report), [&json!(0); 5]);
        assert_eq!(world.report(0, &["count"])["calibrators"], 0);
        let names: Vec<String> =
            world.digests().await.into_iter().map(|digest| digest.table).collect();
        for table in [
            "bandpass_calibrators",
            "gain_calibrators",
            "catalog_sources",
            "vla_calibrators",
            "vla_flux_info",
            "skymodel_metadata",
        ] {
            assert!(names.iter().any(|name| name == table), "{table} in {names:?}");
        }
    }
}

/// Other names of columns, text for numbers and times, and what is none of them.
async fn a_row_that_cannot_be_taken_over_is_named(engine: Engine) {
    let world = World::new(
        engine,
        "CREATE TABLE bandpass_calibrators (id INTEGER PRIMARY KEY, name TEXT, ra, ra_deg, dec,
             flux, source_catalog TEXT, registered_at);
         INSERT INTO bandpass_calibrators VALUES
             (1, 'zero', 0.0, NULL, 10, '14.9', 'VLA', '2025-11-09T12:00:00Z'),
             (2, 'both', 0, 5.5, '-10.5', NULL, NULL, 1762689600),
             (3, 'off the sky', 400, NULL, 10, NULL, NULL, 1),
             (4, 'nowhere', NULL, NULL, 10, NULL, NULL, 1),
             (5, 'once', 1, NULL, 10, NULL, NULL, 'yesterday'),
             (6, NULL, 1, NULL, 10, NULL, NULL, 1);",
    )
    .await;
    let report = world.report(1, &["migrate", "--verify"]);
    assert_eq!((&report["inserted"], &report["skipped"]), (&json!(2), &json!(["6"])));
    let reasons: Vec<&str> = report["failed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| fault["reason"].as_str().unwrap())
        .collect();
    assert!(reasons[0].contains("400°") && reasons[1].contains("ra_deg is missing"), "{reasons:?}");
    assert!(reasons[2].contains("`yesterday`"), "{reasons:?}");
    assert_eq!(report["verification"]["missing"], json!(["3", "4", "5"]));
    let current = world.current().await;
    assert_eq!((current[0].ra_deg, current[0].dec_deg), (5.5, -10.5));
    assert_eq!((current[1].ra_deg, current[1].flux_jy), (0.0, Some(14.9)));
    assert_eq!(current[1].source_catalog.as_deref(), Some("VLA"));
    assert_eq!(
        (current[0].registered_at, current[1].registered_at.0),
        (1_762_689_600.0.into(), 1_762_689_600.0)
    );
    let again = world.report(1, &["migrate"]);
    assert_eq!(again["already_present"], 2);
}

/// The old table on a server, where somebody put it.
#[tokio::test]
async fn postgres_old_table_is_read_as_well() {
    let world = World::new(Engine::Postgres, "").await;
    let products = TestDatabase::new(Database::Products, Engine::Postgres).await;
    let connection = products.connection().await;
    sea_orm::ConnectionTrait::execute_unprepared(
        &connection,
        "CREATE TABLE bandpass_calibrators (id bigint, name text, ra double precision, dec numeric,
             registered_at timestamptz, status varchar(20));
         INSERT INTO bandpass_calibrators VALUES
             (1, '3C286', 0, 30.5, '2025-11-09T12:00:00.5Z', NULL), (2, NULL, 1, 2, now(), 'active')",
    )
    .await
    .unwrap();
    connection.close().await.unwrap();
    let report = world.report(0, &["migrate", "--verify", "--products-db", &products.url()]);
    assert_eq!(counts(&report), [&json!(2), &json!(1), &json!(0), &json!(0), &json!(0)]);
    let current = world.current().await;
    assert_eq!((current[0].dec_deg, current[0].registered_at.0), (30.5, 1_762_689_600.5));
}

#[tokio::test]
async fn sqlite_dry_run_leaves_no_trace() {
    let world = World::filled(Engine::Sqlite).await;
    let held = world.products();
    for _ in 0..2 {
        let before = (files(world.state.path()), files(world.calibrators.file().parent().unwrap()));
        let report = world.report(0, &["migrate", "--dry-run"]);
        assert_eq!(counts(&report)[1..4], [&json!(3), &json!(0), &json!(3)]);
        assert_eq!(report["backup"], Json::Null);
        let after = (files(world.state.path()), files(world.calibrators.file().parent().unwrap()));
        assert_eq!(after.0.keys().collect::<Vec<_>>(), before.0.keys().collect::<Vec<_>>());
        assert!(after == before, "no byte anywhere");
        // And while the pipeline is at work.
        held.execute_batch("UPDATE bandpass_calibrators SET notes = 'x' WHERE id = 7").unwrap();
    }
    drop(held);
    world.report(0, &["migrate"]);
    world.products().execute_batch("DELETE FROM bandpass_calibrators WHERE id = 7").unwrap();
    let before = files(world.calibrators.file().parent().unwrap());
    world.report(0, &["migrate", "--dry-run", "--verify"]);
    assert!(files(world.calibrators.file().parent().unwrap()) == before);
}

#[tokio::test]
async fn sqlite_what_is_needed_is_named() {
    let world = World::filled(Engine::Sqlite).await;
    let state = world.state.path().display().to_string();
    let refused = |arguments: &[&str], words: [&str; 2]| {
        let output = world.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let message = text(&output.stderr);
        assert!(words.iter().all(|word| message.contains(word)), "{message}");
        assert!(!world.calibrators.file().exists());
    };
    refused(&["migrate", "--products-db", "/nowhere"], ["--products-db", "/nowhere"]);
    refused(&["verify", "--products-db", "/nowhere"], ["--products-db", "/nowhere"]);
    let note = format!("{state}/note.txt");
    fs::write(&note, "no database").unwrap();
    refused(&["migrate", "--products-db", &note], ["--products-db", "no SQLite database"]);
    refused(&["migrate", "--calibrators-db", &note], ["--calibrators-db", "note.txt"]);
    let products = format!("{state}/products.sqlite3");
    refused(&["migrate", "--calibrators-db", &products], ["--products-db", "themselves"]);
    world
        .products()
        .execute_batch("ALTER TABLE bandpass_calibrators DROP COLUMN registered_at")
        .unwrap();
    refused(&["migrate"], ["registered_at", "another table"]);
}
