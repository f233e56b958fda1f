//! What the doctor finds, each made to happen, and the command that mends it.

use std::{
    fs::{self, File},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
};

use almanac_database::Environment;
use almanac_entity::{UnixTime, hdf5, products};
use almanac_service::{
    Sessions,
    access::{Operation, Principal, Role},
};
use rusqlite::Connection;
use sea_orm::ActiveValue::Set;
use serde_json::Value as Json;
use tempfile::TempDir;

use crate::{almanac, text};

#[test]
fn the_doctor_names_the_command_that_mends() {
    let state = TempDir::new().unwrap();
    let run = |arguments: &[&str]| almanac(state.path(), &[], arguments);
    let ill = run(&["doctor"]);
    assert_eq!(ill.status.code(), Some(1));
    let findings = text(&ill.stdout);
    assert_eq!(findings.matches(": missing").count(), 8, "{findings}");
    assert!(findings.contains("`almanac migrate upgrade --database hdf5` creates it"));

    assert!(run(&["migrate", "upgrade", "--all"]).status.success());
    let well = run(&["doctor"]);
    assert!(well.status.success() && text(&well.stdout).ends_with("all is well\n"));
    assert!(run(&["migrate", "downgrade", "--database", "ingest", "core"]).status.success());
    let behind = run(&["doctor", "--json"]);
    let report: serde_json::Value = serde_json::from_slice(&behind.stdout).unwrap();
    assert_eq!(
        (&report["well"], &report["databases"][0]["state"]),
        (&false.into(), &"behind".into())
    );
}

/// A state directory with all databases.
fn state() -> TempDir {
    let state = TempDir::new().unwrap();
    assert!(almanac(state.path(), &[], &["migrate", "upgrade", "--all"]).status.success());
    state
}

/// What the doctor finds around the databases: about what, the problem and the remedy of each.
#[track_caller]
fn findings(state: &Path, arguments: &[&str]) -> Vec<[String; 3]> {
    let output = almanac(state, &[], &[&["doctor", "--json"], arguments].concat());
    let report: Json = serde_json::from_slice(&output.stdout).unwrap();
    let found = report["findings"].as_array().unwrap();
    assert_eq!(output.status.code(), Some(i32::from(!found.is_empty())), "{report:#}");
    assert_eq!(report["well"], found.is_empty());
    let word = |finding: &Json, key: &str| finding[key].as_str().unwrap().to_owned();
    found.iter().map(|one| ["about", "problem", "remedy"].map(|key| word(one, key))).collect()
}

/// The only finding: what it is about, and words of it.
#[track_caller]
fn only(state: &Path, about: &str, words: &[&str]) -> String {
    let found = findings(state, &[]);
    let [[place, problem, remedy]] = &found[..] else { panic!("{found:?}") };
    assert!(place.ends_with(about), "{found:?}");
    for word in words {
        assert!(problem.contains(word) || remedy.contains(word), "{word}: {found:?}");
    }
    remedy.clone()
}

fn open(state: &Path, database: &str) -> Connection {
    let connection = Connection::open(state.join(format!("{database}.sqlite3"))).unwrap();
    connection.pragma_update(None, "foreign_keys", "OFF").unwrap();
    connection
}

/// Rows that name others of another database, or of a table that has no key for it.
#[test]
fn rows_without_the_others_that_they_name_are_found() {
    let state = state();
    let state = state.path();
    open(state, "cal_registry")
        .execute_batch(
            "INSERT INTO caltables (set_name, path, table_type, order_index, created_at, status, source_ms_path)
                 VALUES ('a', '/a.k', 'K', 10, 1, 'active', '/a.ms'), ('a', '/a.b', 'BA', 20, 1, 'active', '/gone.ms');
             INSERT INTO calibration_applied (ms_path, caltable_path, applied_at) VALUES ('/lost.ms', '/a.k', 1);",
        )
        .unwrap();
    assert_eq!(findings(state, &[]), [[""; 3]; 0], "nobody fills the table of measurement sets");

    open(state, "products")
        .execute_batch(
            "INSERT INTO ms_index (path, start_mjd, end_mjd, mid_mjd) VALUES ('/a.ms', 1, 3, 2), ('/z.ms', 1, 3, 2);
             INSERT INTO images (path, ms_path, created_at, type) VALUES ('/a.fits', '/a.ms', 1, 'image'),
                 ('/b.fits', '/nowhere.ms', 1, 'image'), ('/c.fits', '/nowhere.ms', 1, 'image');",
        )
        .unwrap();
    let found = findings(state, &[]);
    assert_eq!(found.len(), 3, "{found:?}");
    for (index, [about, name]) in
        [["products", "/nowhere.ms"], ["cal_registry", "/gone.ms"], ["cal_registry", "/lost.ms"]]
            .into_iter()
            .enumerate()
    {
        let [place, problem, remedy] = &found[index];
        assert!(place == about && problem.contains("names 1 rows") && problem.contains(name));
        assert!(remedy.contains("`almanac import products ms_index FILE`"), "{remedy}");
    }
    assert_eq!(findings(state, &["--quick"]), [[""; 3]; 0], "it takes reading");

    // The remedy mends it.
    let file = state.join("missing.csv");
    fs::write(
        &file,
        "path,start_mjd,end_mjd,mid_mjd\n/nowhere.ms,1,3,2\n/gone.ms,1,3,2\n/lost.ms,1,3,2\n",
    )
    .unwrap();
    let import = ["import", "products", "ms_index", file.to_str().unwrap()];
    assert!(almanac(state, &[], &import).status.success());
    assert_eq!(findings(state, &[]), [[""; 3]; 0]);
}

#[test]
fn work_that_nobody_does_is_found() {
    let state = state();
    let state = state.path();
    open(state, "ingest")
        .execute_batch(
            "INSERT INTO ingest_queue (group_id, state, received_at, last_update) VALUES
                 ('2025-10-02T00:00:00', 'in_progress', 1, 1), ('2025-10-02T00:05:00', 'pending', 1, 1),
                 ('2025-10-02T00:10:00', 'in_progress', 1, 9e9);",
        )
        .unwrap();
    open(state, "products")
        .execute_batch(
            "INSERT INTO ms_state (ms_path, current_state, transition_time, created_at) VALUES
                 ('/a.ms', 'imaging', 1, 1), ('/b.ms', 'done', 1, 1);
             INSERT INTO jobs (type, status, ms_path, created_at) VALUES
                 ('imaging', 'running', '/a.ms', 1), ('imaging', 'done', '/a.ms', 1);",
        )
        .unwrap();
    let found = findings(state, &[]);
    let problems: Vec<&str> = found.iter().map(|[_, problem, _]| &**problem).collect();
    assert_eq!(
        problems,
        [
            "1 observation groups are in progress without a step for 24 hours",
            "1 measurement sets are being worked on without a step for 24 hours",
            "1 jobs are running without a step for 24 hours",
        ]
    );
    for (found, mutation) in
        found.iter().zip(["failStaleIngestGroups", "recoverStaleMeasurementSets", "rerunJob"])
    {
        assert!(found[2].contains(mutation), "{found:?}");
    }
}

#[test]
fn what_was_broken_off_is_found() {
    let state = state();
    let state = state.path();
    let backups = state.join("backups");
    fs::create_dir(&backups).unwrap();
    let mended = |path: &Path| {
        fs::remove_file(path).or_else(|_| fs::remove_dir_all(path)).unwrap();
        assert_eq!(findings(state, &["--quick"]), [[""; 3]; 0]);
    };

    let partial = backups.join(".partial-20260101T000000.000000Z-hdf5");
    fs::create_dir(&partial).unwrap();
    only(state, "-hdf5", &["broken off", "`rm -r", "almanac backup create"]);
    let lock = File::create(backups.join(".lock")).unwrap();
    lock.lock().unwrap();
    assert_eq!(findings(state, &["--quick"]), [[""; 3]; 0], "a backup is being made");
    drop(lock);
    mended(&partial);

    let migrating = state.join("hdf5.sqlite3.migrating");
    let held = File::create(&migrating).unwrap();
    held.lock().unwrap();
    assert_eq!(findings(state, &["--quick"]), [[""; 3]; 0], "somebody migrates");
    drop(held);
    only(state, ".migrating", &["`almanac migrate upgrade --database hdf5`"]);
    assert!(almanac(state, &[], &["migrate", "upgrade", "--database", "hdf5"]).status.success());
    assert!(!migrating.exists());

    for (name, command) in [
        (".products.sqlite3.restoring", "almanac backup restore"),
        (".products.sqlite3.copying", "almanac backup copy"),
        (".products.sqlite3.moving", "almanac state migrate"),
    ] {
        fs::write(state.join(name), "half").unwrap();
        only(state, name, &[command, "`rm "]);
        mended(&state.join(name));
    }

    let record = state.join(".almanac-relocation.json");
    fs::write(&record, r#"{"from": "/stage/state", "rewritten": {}}"#).unwrap();
    let remedy = only(state, "relocation.json", &["from /stage/state was broken off"]);
    assert!(remedy.contains(&format!(
        "`almanac state migrate {} --state-dir /stage/state`",
        state.display()
    )));
    fs::write(&record, "half").unwrap();
    only(state, "relocation.json", &["almanac state migrate"]);
    mended(&record);
}

#[test]
fn a_long_log_that_nobody_puts_away_is_found() {
    let state = state();
    let state = state.path();
    let file = state.join("hdf5.sqlite3");
    // A program that dies before it has put its log away.
    let program = "import os, sqlite3, sys\nc = sqlite3.connect(sys.argv[1])\n\
        c.execute('pragma wal_autocheckpoint = 0')\nc.execute('create table big (x)')\n\
        c.execute('insert into big values (zeroblob(40000000))')\nc.execute('delete from big')\n\
        c.execute('drop table big')\nc.commit()\nos._exit(1)";
    let mut python = Command::new("python3");
    python.args(["-c", program]).arg(&file).stderr(Stdio::null()).status().unwrap();
    let held = Connection::open(&file).unwrap();
    held.query_row("SELECT COUNT(*) FROM hdf5_file_index", [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(findings(state, &[]), [[""; 3]; 0], "somebody has it open and sees to it");
    // A connection that ends cleanly would do it.
    let copy = TempDir::new().unwrap();
    for name in ["hdf5.sqlite3", "hdf5.sqlite3-wal"] {
        fs::copy(state.join(name), copy.path().join(name)).unwrap();
    }
    drop(held);
    for name in ["hdf5.sqlite3", "hdf5.sqlite3-wal"] {
        fs::copy(copy.path().join(name), state.join(name)).unwrap();
    }
    only(state, "hdf5", &["write-ahead log", "`almanac state checkpoint`"]);
    let mended = almanac(state, &[], &["state", "checkpoint"]);
    assert!(mended.status.success(), "{}", text(&mended.stderr));
    assert_eq!(findings(state, &[]), [[""; 3]; 0]);
}

#[test]
fn files_that_cannot_be_written_or_by_everybody_are_found() {
    let state = state();
    let state = state.path();
    for (path, mode, problem) in [
        (state.join("products.sqlite3"), 0o444, "cannot be written"),
        (state.join("ingest.sqlite3"), 0o666, "everybody"),
        (state.to_owned(), 0o777, "everybody"),
    ] {
        let before = fs::metadata(&path).unwrap().permissions();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let remedy = only(state, path.to_str().unwrap(), &[problem, "`chmod "]);
        let command = remedy.trim_matches('`').to_owned();
        assert!(Command::new("sh").args(["-c", &command]).status().unwrap().success());
        assert_eq!(findings(state, &["--quick"]), [[""; 3]; 0], "{command}");
        fs::set_permissions(&path, before).unwrap();
    }
}

#[test]
fn a_disk_without_room_for_a_backup_is_found() {
    let state = state();
    let state = state.path();
    let file = File::options().write(true).open(state.join("hdf5.sqlite3")).unwrap();
    // A hole takes no room; only its size is larger than any disk that tests run on.
    file.set_len(8 << 40).unwrap();
    let found = findings(state, &["--quick"]);
    let [[place, problem, remedy]] = &found[..] else { panic!("{found:?}") };
    assert!(place == state.to_str().unwrap() && problem.contains("are free"), "{found:?}");
    assert!(remedy.contains("`almanac backup prune"), "{found:?}");
}

#[test]
fn changed_tables_and_old_places_are_found() {
    let state = state();
    let state = state.path();
    open(state, "hdf5")
        .execute_batch("ALTER TABLE hdf5_file_index ADD COLUMN weather TEXT")
        .unwrap();
    fs::create_dir(state.join("db")).unwrap();
    fs::rename(state.join("ingest.sqlite3"), state.join("db/ingest.sqlite3")).unwrap();
    let output = text(&almanac(state, &[], &["doctor"]).stdout);
    assert!(output.contains("hdf5: changed") && output.contains("weather"), "{output}");
    assert!(output.contains("`almanac migrate verify --database hdf5`"), "{output}");
    assert!(output.contains("one in the folder db beside it"), "{output}");
    assert!(output.contains("set PIPELINE_INGEST_DB to"), "{output}");
    assert_eq!(output.matches("well, at").count(), 6, "{output}");
}

#[tokio::test]
async fn work_that_reached_one_database_of_two_is_found() {
    let state = state();
    let state = state.path();
    let sessions = Sessions::from_environment(&Environment::within(state)).unwrap();
    let ada = Principal::new("ada", Role::Admin);
    let long_ago = UnixTime(1_761_000_000.0);
    let change = async |name: &'static str| {
        let operation = Operation::RegisterStorageLocation;
        let work = sessions.work(Some(&ada), operation, None, long_ago).unwrap();
        let here = products::storage_location::ActiveModel {
            location_type: Set(name.to_owned()),
            base_path: Set("/data".to_owned()),
            registered_at: Set(long_ago),
            ..Default::default()
        };
        work.table::<products::storage_location::Entity>()
            .await
            .unwrap()
            .insert(here)
            .await
            .unwrap();
        let there = hdf5::storage_location::ActiveModel {
            name: Set(name.to_owned()),
            path: Set("/data".to_owned()),
            ..Default::default()
        };
        work.table::<hdf5::storage_location::Entity>().await.unwrap().insert(there).await.unwrap();
        work
    };
    change("whole").await.commit().await.unwrap();
    assert!(findings(state, &[]).is_empty());

    // As if the process had ended between the two commits.
    change("half").await.commit().await.unwrap();
    sessions.reset().await;
    let lost = Connection::open(state.join("hdf5.sqlite3")).unwrap();
    lost.execute_batch(
        "DELETE FROM storage_locations WHERE name = 'half'; \
         DELETE FROM change_log WHERE change_set IN (SELECT MAX(change_set) FROM change_log)",
    )
    .unwrap();
    drop(lost);
    let remedy = only(state, "products", &["registerStorageLocation", "ada", "not hdf5"]);
    assert!(remedy.contains("changeSet"), "{remedy}");
}
