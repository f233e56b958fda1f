//! Backups are made, listed, proved and restored.

use std::{
    fs,
    path::{Path, PathBuf},
};

use almanac_database::{Database, Location};
use almanac_upkeep::{
    Error,
    backup::{self, Backup, Manifest, Tools},
    digest::differences,
};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, TransactionTrait};
use tempfile::TempDir;

use crate::{
    digest::known,
    fill::fill,
    support::{Engine, TestDatabase, engines},
};

engines!(
    what_is_backed_up_is_verified_and_restored,
    a_flipped_byte_is_noticed,
    a_missing_file_is_noticed,
    nothing_is_replaced_unasked,
    what_was_there_is_kept,
    a_writer_stops_a_restore,
);

pub(crate) fn now() -> DateTime<Utc> {
    "2026-11-21T10:00:00.5Z".parse().unwrap()
}

/// A filled database, and a folder with a backup of it.
pub(crate) struct Kept {
    pub(crate) test: TestDatabase,
    pub(crate) folder: TempDir,
    pub(crate) backup: Backup,
}

pub(crate) async fn kept(engine: Engine, database: Database) -> Kept {
    let test = TestDatabase::migrated(database, engine).await;
    fill(&test, 2).await;
    let folder = TempDir::new().unwrap();
    let address = [test.address().clone()];
    let made = backup::create(&address, folder.path(), &Tools::default(), now()).await;
    let backup = made.unwrap().remove(0);
    Kept { test, folder, backup }
}

impl Kept {
    /// What is wrong with the backup.
    async fn verify(&self) -> Vec<String> {
        let server = Some(self.test.address());
        backup::verify(&self.backup.folder, server, &Tools::default()).await.unwrap()
    }

    fn copy(&self) -> PathBuf {
        self.backup.folder.join(&self.backup.manifest.files[0].name)
    }

    /// Restores it.
    async fn restore(&self, to: &TestDatabase, replace: bool) -> Result<Option<String>, Error> {
        let (folder, later) = (&self.backup.folder, now() + TimeDelta::seconds(1));
        let restored =
            backup::restore(folder, to.address(), replace, &Tools::default(), later).await?;
        Ok(restored.kept)
    }
}

async fn what_is_backed_up_is_verified_and_restored(engine: Engine) {
    for database in [Database::Products, Database::Astrid, Database::MasterSources] {
        let kept = kept(engine, database).await;
        let manifest = &kept.backup.manifest;
        assert_eq!(Manifest::read(&kept.backup.folder).unwrap(), *manifest);
        let status = almanac_migration::status(kept.test.address()).await.unwrap();
        assert_eq!(manifest.revision.as_deref(), status.current());
        let name = kept.backup.folder.file_name().unwrap().to_str().unwrap();
        assert_eq!(name, format!("20261121T100000.500000Z-{database}"));
        assert_eq!(kept.verify().await, Vec::<String>::new());

        let listed = backup::list(kept.folder.path()).unwrap();
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0].manifest.as_ref().unwrap(), manifest);

        let target = TestDatabase::new(database, engine).await;
        assert_eq!(kept.restore(&target, false).await.unwrap(), None);
        assert_eq!(differences(&known(&kept.test).await, &known(&target).await), [""; 0]);
        let status = almanac_migration::status(target.address()).await.unwrap();
        assert_eq!(status.pending().count(), 0);
    }
}

async fn a_flipped_byte_is_noticed(engine: Engine) {
    let kept = kept(engine, Database::Hdf5).await;
    let mut bytes = fs::read(kept.copy()).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(kept.copy(), bytes).unwrap();
    let wrong = kept.verify().await;
    assert!(wrong[0].contains("SHA-256"), "{wrong:?}");
    let target = TestDatabase::new(Database::Hdf5, engine).await;
    kept.restore(&target, false).await.unwrap_err();
}

async fn a_missing_file_is_noticed(engine: Engine) {
    let kept = kept(engine, Database::Hdf5).await;
    fs::remove_file(kept.copy()).unwrap();
    assert_eq!(kept.verify().await.len(), 1);
    let listed = backup::list(kept.folder.path()).unwrap();
    assert!(listed[0].manifest.as_ref().unwrap_err().contains("hdf5."));
}

async fn nothing_is_replaced_unasked(engine: Engine) {
    let kept = kept(engine, Database::Hdf5).await;
    let message = kept.restore(&kept.test, false).await.unwrap_err().to_string();
    assert!(message.starts_with("target: ") && message.contains("replaced"), "{message}");
    let other = TestDatabase::new(Database::Ingest, engine).await;
    let message = kept.restore(&other, true).await.unwrap_err().to_string();
    assert!(message.starts_with("backup: "), "{message}");
}

async fn what_was_there_is_kept(engine: Engine) {
    let kept = kept(engine, Database::Hdf5).await;
    let old = known(&kept.test).await;
    change(&kept.test).await;
    let changed = known(&kept.test).await;
    assert_ne!(old, changed);
    let name = kept.restore(&kept.test, true).await.unwrap().expect("it was kept");
    assert_eq!(known(&kept.test).await, old);

    let mut address = kept.test.address().clone();
    match engine {
        Engine::Sqlite => address.location = Location::File(name.into()),
        Engine::Postgres => address.schema = name,
    }
    let digests = almanac_upkeep::digest::digests_at(&address).await.unwrap();
    assert_eq!(digests.into_iter().filter(|table| table.known).collect::<Vec<_>>(), changed);
}

async fn change(test: &TestDatabase) {
    let connection = test.connection().await;
    connection.execute_unprepared("DELETE FROM pointing_history").await.unwrap();
    connection.close().await.unwrap();
}

async fn a_writer_stops_a_restore(engine: Engine) {
    let kept = kept(engine, Database::Hdf5).await;
    let sessions = kept.test.sessions();
    let transaction = sessions.begin(Database::Hdf5).await.unwrap();
    transaction.execute_unprepared("DELETE FROM pointing_history").await.unwrap();
    let error = kept.restore(&kept.test, true).await.unwrap_err();
    assert!(matches!(error, Error::InUse { .. }), "{error}");
    transaction.rollback().await.unwrap();
    sessions.reset().await;
    kept.restore(&kept.test, true).await.unwrap();
}

/// Only the database is compared here, so the manifest may be of one engine.
#[tokio::test]
async fn sqlite_changed_row_is_noticed() {
    let kept = kept(Engine::Sqlite, Database::Hdf5).await;
    let mut address = kept.test.address().clone();
    address.location = Location::File(kept.copy());
    let connection =
        almanac_database::connect(&address, almanac_database::Mode::Migrate).await.unwrap();
    let change = "UPDATE pointing_history SET ra_deg = ra_deg + 1; PRAGMA journal_mode = DELETE";
    connection.execute_unprepared(change).await.unwrap();
    connection.close().await.unwrap();
    // Whoever changed it made the manifest fit.
    let path = kept.backup.folder.join("manifest.json");
    let mut manifest: serde_json::Value =
        serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let bytes = fs::read(kept.copy()).unwrap();
    manifest["files"][0]["size"] = bytes.len().into();
    manifest["files"][0]["sha256"] = sha256(&bytes).into();
    fs::write(&path, manifest.to_string()).unwrap();
    let wrong = kept.verify().await;
    assert!(matches!(&wrong[..], [only] if only.starts_with("pointing_history")), "{wrong:?}");
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[tokio::test]
async fn sqlite_idle_connections_stop_a_restore() {
    let kept = kept(Engine::Sqlite, Database::Hdf5).await;
    let mut holder = crate::process::python(
        "import sqlite3, sys\nc = sqlite3.connect(sys.argv[1])\n\
         c.execute('select count(*) from pointing_history').fetchone()\n\
         print('ready', flush=True)\nsys.stdin.read()",
        &[kept.test.file().to_str().unwrap()],
    );
    holder.ready();
    let message = kept.restore(&kept.test, true).await.unwrap_err().to_string();
    assert!(message.contains(&holder.id().to_string()), "{message}");
}

#[tokio::test]
async fn sqlite_damaged_file_is_replaced_and_kept() {
    let kept = kept(Engine::Sqlite, Database::Hdf5).await;
    let old = known(&kept.test).await;
    fs::write(kept.test.file(), "no database").unwrap();
    let name = kept.restore(&kept.test, true).await.unwrap().unwrap();
    assert_eq!(fs::read(name).unwrap(), b"no database");
    assert_eq!(known(&kept.test).await, old);
}

#[tokio::test]
async fn what_a_killed_run_left_is_no_backup_and_goes() {
    let kept = kept(Engine::Sqlite, Database::Hdf5).await;
    let left = kept.folder.path().join(".partial-20260101T000000.000000Z-hdf5");
    fs::create_dir(&left).unwrap();
    fs::write(left.join("hdf5.sqlite3"), "half").unwrap();
    assert_eq!(backup::list(kept.folder.path()).unwrap().len(), 1);
    let later = now() + TimeDelta::hours(1);
    backup::create(&[kept.test.address().clone()], kept.folder.path(), &Tools::default(), later)
        .await
        .unwrap();
    assert!(!left.exists());
    assert_eq!(backup::list(kept.folder.path()).unwrap().len(), 2);
}

#[tokio::test]
async fn old_backups_are_shown_before_they_go() {
    let kept = kept(Engine::Sqlite, Database::Hdf5).await;
    let folder = kept.folder.path();
    for day in 1..5 {
        let later = now() + TimeDelta::days(day);
        let address = [kept.test.address().clone()];
        backup::create(&address, folder, &Tools::default(), later).await.unwrap();
    }
    fs::create_dir(folder.join("half")).unwrap();
    let later = now() + TimeDelta::days(5);
    let plan = |newest, days| {
        let younger_than = days;
        backup::plan(folder, backup::Policy { newest, younger_than }, later)
    };
    plan(None, None).unwrap_err();
    plan(Some(0), None).unwrap_err();
    let shown = plan(Some(1), Some(TimeDelta::hours(71))).unwrap();
    assert_eq!((shown.keep.len(), shown.delete.len(), shown.broken.len()), (2, 3, 1));
    assert_eq!(backup::list(folder).unwrap().len(), 6, "a plan deletes nothing");
    shown.carry_out(&[], &Tools::default()).await.unwrap();
    let left = backup::list(folder).unwrap();
    assert_eq!(left.iter().filter(|listed| listed.manifest.is_ok()).count(), 2);
    assert!(Path::new(&shown.keep[1]).ends_with("20261125T100000.500000Z-hdf5"));
}

/// A transaction that began before a restore would see the new tables without rows.
#[tokio::test]
async fn postgres_tables_that_are_replaced_meanwhile_are_noticed() {
    let kept = kept(Engine::Postgres, Database::Hdf5).await;
    let connection = kept.test.connection().await;
    let level = Some(sea_orm::IsolationLevel::RepeatableRead);
    let transaction = connection.begin_with_config(level, None).await.unwrap();
    transaction.execute_unprepared("SELECT 1").await.unwrap();
    kept.restore(&kept.test, true).await.unwrap();
    let outcome = almanac_upkeep::digest::digests(&transaction, Database::Hdf5).await;
    assert!(matches!(outcome, Err(Error::Replaced { .. })), "{outcome:?}");
    transaction.rollback().await.unwrap();
    connection.close().await.unwrap();
}
