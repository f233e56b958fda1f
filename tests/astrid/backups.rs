//! Backups of AstrID's database: proved, put back, kept for as long as is asked, and moved between engines.

use std::{fs, path::PathBuf, time::Instant};

use almanac_database::Database;
use almanac_entity::astrid::{audit_record, observation, system_config};
use almanac_service::{Repository, Sessions};
use almanac_upkeep::{
    Error,
    backup::{self, Backup, Policy, Tools},
    copy,
    digest::{TableDigest, differences, digests_at},
};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder,
    prelude::Uuid,
};
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use crate::{
    conditions::assert_append_only,
    drills::schema,
    night::{self, SMALL, UNIT, filled, observation_id},
    start::almanac,
    support::{Engine, Schema, TestDatabase, assert_same, engines},
};

engines!(
    ast_r_01_what_is_restored_is_what_there_was,
    ast_r_02_a_backup_is_of_one_instant,
    ast_r_08_what_holds_rows_is_not_overwritten,
    ast_r_09_a_backup_that_was_changed_is_refused,
    ast_r_10_a_night_is_restored_in_time,
    ast_r_10_the_age_of_the_newest_backup_is_told,
    ast_r_11_old_backups_go_when_a_newer_one_is_proved,
    ast_r_12_rows_are_the_same_on_the_other_engine,
);

fn now() -> DateTime<Utc> {
    "2026-11-21T10:00:00Z".parse().unwrap()
}

/// A backup, in a folder of backups that goes with it.
pub(crate) struct Kept {
    _folder: TempDir,
    backup: Backup,
}

/// Backs a database up.
pub(crate) async fn backed_up(test: &TestDatabase) -> Kept {
    let folder = TempDir::new().unwrap();
    let backup = another(test, &folder, now()).await;
    Kept { _folder: folder, backup }
}

async fn another(test: &TestDatabase, folder: &TempDir, at: DateTime<Utc>) -> Backup {
    let address = [test.address().clone()];
    backup::create(&address, folder.path(), &Tools::default(), at).await.unwrap().remove(0)
}

impl Kept {
    /// Restores it, with `replace` over what is there.
    pub(crate) async fn restore(&self, to: &TestDatabase, replace: bool) -> Result<(), Error> {
        let (tools, later) = (Tools::default(), Utc::now());
        backup::restore(&self.backup.folder, to.address(), replace, &tools, later).await.map(drop)
    }

    async fn verify(&self, server: &TestDatabase) -> Vec<String> {
        let server = Some(server.address());
        backup::verify(&self.backup.folder, server, &Tools::default()).await.unwrap()
    }

    /// The file with the copy.
    fn copy(&self) -> PathBuf {
        self.backup.folder.join(&self.backup.manifest.files[0].name)
    }
}

/// What the tables hold, the migrators' books aside.
async fn held(test: &TestDatabase) -> Vec<TableDigest> {
    let digests = digests_at(test.address()).await.unwrap();
    digests.into_iter().filter(|table| table.known).collect()
}

/// Fails unless a database has the tables of another, and these are what its revisions make.
async fn assert_same_tables(one: &TestDatabase, other: &TestDatabase) {
    assert_same(
        &spelled(schema(one.address()).await),
        &spelled(schema(other.address()).await),
        "restored",
    );
    let verdict = almanac_migration::verify(other.address()).await.unwrap();
    assert!(verdict.is_clean(), "{verdict:?}");
}

/// A schema without the checks, which PostgreSQL spells in another way when they are restored.
pub(crate) fn spelled(mut schema: Schema) -> Schema {
    schema.tables.values_mut().for_each(|table| table.checks.clear());
    schema
}

async fn ast_r_01_what_is_restored_is_what_there_was(engine: Engine) {
    let test = filled(engine, UNIT).await;
    let kept = backed_up(&test).await;
    let rows = held(&test).await;
    assert!(rows.len() == 13 && rows.iter().all(|table| table.rows > 0), "{rows:?}");

    let target = TestDatabase::new(Database::Astrid, engine).await;
    kept.restore(&target, false).await.unwrap();
    assert_eq!(held(&target).await, rows);
    let found = digests_at(target.address()).await.unwrap();
    assert_eq!(kept.backup.manifest.tables, found, "the books too");
    assert_same_tables(&test, &target).await;
    assert_append_only(&target.writer().await, engine).await;
}

/// One step of an observation with its audit row, and the number of both: all in one transaction.
async fn step(sessions: &Sessions, id: Uuid, turn: u32) -> almanac_service::Result<()> {
    let transaction = sessions.begin(Database::Astrid).await?;
    let clocks = Repository::<_, system_config::Entity>::new(&transaction);
    // On PostgreSQL one waits for another here.
    let clock = clocks.lock(clock_id()).await?.expect("it was made");
    let count = clock.value["steps"].as_i64().unwrap() + 1;
    let seeing = sea_orm::prelude::Decimal::new(i64::from(turn) + 1, 3);
    let now = night_time() + TimeDelta::microseconds(count);
    let observations = Repository::<_, observation::Entity>::new(&transaction);
    let before = observations.get(id).await?;
    let to = observation::ActiveModel {
        id: Unchanged(id),
        seeing: Set(Some(seeing)),
        ..Default::default()
    };
    observations.update(to).await?;
    let audit = Repository::<_, audit_record::Entity>::new(&transaction);
    audit
        .insert(audit_record::ActiveModel {
            id: Set(Uuid::now_v7()),
            entity_type: Set("observation".to_owned()),
            entity_id: Set(id),
            action: Set("observation.update".to_owned()),
            user_id: Set(Some("system:worker:drill".to_owned())),
            old_values: Set(Some(
                json!({ "seeing": before.seeing.map(|seeing| seeing.normalize().to_string()) }),
            )),
            new_values: Set(Some(json!({ "seeing": seeing.normalize().to_string() }))),
            created_at: Set(now),
            ..Default::default()
        })
        .await?;
    let value = Set(json!({ "steps": count }));
    clocks
        .update(system_config::ActiveModel {
            id: Unchanged(clock_id()),
            value,
            ..Default::default()
        })
        .await?;
    transaction.commit().await
}

fn clock_id() -> Uuid {
    Uuid::from_u128(0xC10C)
}

fn night_time() -> DateTime<Utc> {
    "2025-10-02T02:00:00Z".parse().unwrap()
}

async fn ast_r_02_a_backup_is_of_one_instant(engine: Engine) {
    const WRITERS: u32 = 4;
    let test = filled(engine, SMALL).await;
    let writer = test.writer().await;
    let clocks = Repository::<_, system_config::Entity>::new(&writer);
    clocks
        .insert(system_config::ActiveModel {
            id: Set(clock_id()),
            key: Set("drill.clock".to_owned()),
            value: Set(json!({ "steps": 0 })),
            ..Default::default()
        })
        .await
        .unwrap();
    let writers: Vec<_> = (0..WRITERS)
        .map(|number| {
            let sessions = test.sessions();
            tokio::spawn(async move {
                for turn in 0.. {
                    step(&sessions, observation_id(number), turn).await.unwrap();
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    let mut before = 0;
    let folder = TempDir::new().unwrap();
    for second in 0..3 {
        // The writers have gone on since the copy before.
        while steps(&test).await <= before + i64::from(WRITERS) {
            tokio::task::yield_now().await;
        }
        let backup = another(&test, &folder, now() + TimeDelta::seconds(second)).await;
        let target = TestDatabase::new(Database::Astrid, engine).await;
        let tools = Tools::default();
        backup::restore(&backup.folder, target.address(), false, &tools, now()).await.unwrap();
        assert_eq!(backup.manifest.orphans, 0);
        let found = reconstructed(&target).await;
        assert!(found > before, "{found} steps after {before}");
        before = found;
    }
    writers.iter().for_each(tokio::task::JoinHandle::abort);
}

async fn steps(test: &TestDatabase) -> i64 {
    let reader = test.sessions().reader(Database::Astrid).await.unwrap();
    let clock = Repository::<_, system_config::Entity>::new(&reader).get(clock_id()).await.unwrap();
    clock.value["steps"].as_i64().unwrap()
}

/// Proves that a copy is of one instant: the audit rows are as many as the clock says, and lead every observation
/// to what it is. Returns how many steps had been made.
async fn reconstructed(target: &TestDatabase) -> i64 {
    let reader = target.sessions().reader(Database::Astrid).await.unwrap();
    let trail = audit_record::Entity::find()
        .filter(audit_record::Column::Action.eq("observation.update"))
        .order_by_asc(audit_record::Column::CreatedAt)
        .all(&reader)
        .await
        .unwrap();
    let count = steps(target).await;
    assert_eq!(trail.len(), usize::try_from(count).unwrap());
    for number in 0..4 {
        let id = observation_id(number);
        let mut state: Option<Json> = None;
        for record in trail.iter().filter(|record| record.entity_id == id) {
            let (old, new) =
                (record.old_values.clone().unwrap(), record.new_values.clone().unwrap());
            assert!(state.is_none_or(|state| state == old["seeing"]), "the trail has no gap");
            state = Some(new["seeing"].clone());
        }
        let observation = observation::Entity::find_by_id(id).one(&reader).await.unwrap().unwrap();
        let seeing = observation.seeing.unwrap().normalize().to_string();
        assert!(state.is_none_or(|state| state == seeing), "observation {number}");
    }
    count
}

async fn ast_r_08_what_holds_rows_is_not_overwritten(engine: Engine) {
    let test = filled(engine, SMALL).await;
    let kept = backed_up(&test).await;
    let other = TestDatabase::migrated(Database::Astrid, engine).await;
    let held = digests_at(other.address()).await.unwrap();
    let error = kept.restore(&other, false).await.unwrap_err();
    assert!(matches!(error, Error::Refused { argument: "target", .. }), "{error}");
    assert_eq!(digests_at(other.address()).await.unwrap(), held);
}

async fn ast_r_09_a_backup_that_was_changed_is_refused(engine: Engine) {
    let test = filled(engine, SMALL).await;
    let kept = backed_up(&test).await;
    let whole = fs::read(kept.copy()).unwrap();
    let mut altered = whole.clone();
    altered[whole.len() / 2] ^= 1;
    for bytes in [&whole[..whole.len() - 1], &[], &altered] {
        fs::write(kept.copy(), bytes).unwrap();
        assert_eq!(kept.verify(&test).await.len(), 1);
        let target = TestDatabase::new(Database::Astrid, engine).await;
        let error = kept.restore(&target, false).await.unwrap_err();
        assert!(matches!(error, Error::Damaged { .. }), "{error}");
        assert!(schema(target.address()).await.tables.is_empty());
    }
    fs::write(kept.copy(), whole).unwrap();
    assert_eq!(kept.verify(&test).await, [""; 0]);
}

async fn ast_r_10_a_night_is_restored_in_time(engine: Engine) {
    let size = night::night();
    let test = filled(engine, size).await;
    let kept = backed_up(&test).await;
    let target = TestDatabase::new(Database::Astrid, engine).await;
    let begun = Instant::now();
    kept.restore(&target, false).await.unwrap();
    let took = begun.elapsed();
    let held = digests_at(target.address()).await.unwrap();
    assert_eq!(differences(&kept.backup.manifest.tables, &held), [""; 0]);
    let rows: u64 = held.iter().map(|table| table.rows).sum();
    eprintln!("{engine:?}: {rows} rows restored in {took:.1?}; the objective is 60 minutes");
    assert!(took.as_secs() < 60 * 60, "{took:?}");
}

async fn ast_r_10_the_age_of_the_newest_backup_is_told(engine: Engine) {
    let test = TestDatabase::migrated(Database::Astrid, engine).await;
    let state = TempDir::new().unwrap();
    let run = |arguments: &[&str]| {
        let output = almanac(&test, &state, arguments).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let age = ["backup", "age", "--database", "astrid", "--within", "15"];
    assert_eq!(run(&age), (Some(1), "astrid: there is no backup\n".to_owned()));
    let (made, text) = run(&["backup", "create", "--database", "astrid"]);
    assert_eq!(made, Some(0), "{text}");
    let fresh = "astrid: the newest backup is 0 min old\n".to_owned();
    assert_eq!(run(&age), (Some(0), fresh.clone()));

    // An hour later the objective is missed, and whoever does not name one is content.
    let folder =
        almanac_upkeep::backup::list(&state.path().join("backups")).unwrap().remove(0).folder;
    let manifest = folder.join("manifest.json");
    let mut form: Json = serde_json::from_slice(&fs::read(&manifest).unwrap()).unwrap();
    form["created_at"] = json!(Utc::now() - TimeDelta::minutes(60));
    fs::write(&manifest, form.to_string()).unwrap();
    let old = "astrid: the newest backup is 60 min old\n".to_owned();
    assert_eq!(run(&age), (Some(1), old.clone()));
    assert_eq!(run(&age[..4]), (Some(0), old));
}

async fn ast_r_11_old_backups_go_when_a_newer_one_is_proved(engine: Engine) {
    let test = filled(engine, SMALL).await;
    let folder = TempDir::new().unwrap();
    let policy = Policy { newest: None, younger_than: Some(TimeDelta::days(30)) };
    let plan = |days| backup::plan(folder.path(), policy, now() + TimeDelta::days(days)).unwrap();
    let (servers, tools) = ([test.address().clone()], Tools::default());

    // The only one stays, however old.
    let first = another(&test, &folder, now()).await;
    assert_eq!((plan(99).keep, plan(99).delete.len()), (vec![first.folder.clone()], 0));
    let second = another(&test, &folder, now() + TimeDelta::days(20)).await;
    assert!(plan(29).delete.is_empty(), "nothing is older than 30 days");
    assert_eq!(
        (plan(31).keep, plan(31).delete),
        (vec![second.folder.clone()], vec![first.folder.clone()])
    );
    assert_eq!(plan(99).keep, std::slice::from_ref(&second.folder));

    // One that cannot be restored is no reason to let the older one go.
    let copy = second.folder.join(&second.manifest.files[0].name);
    let whole = fs::read(&copy).unwrap();
    let mut altered = whole.clone();
    altered[whole.len() / 2] ^= 1;
    fs::write(&copy, altered).unwrap();
    let error = plan(31).carry_out(&servers, &tools).await.unwrap_err();
    assert!(matches!(error, Error::Damaged { .. }), "{error}");
    assert!(first.folder.exists());
    fs::write(&copy, whole).unwrap();
    plan(31).carry_out(&servers, &tools).await.unwrap();
    assert!(!first.folder.exists() && second.folder.exists());
}

async fn ast_r_12_rows_are_the_same_on_the_other_engine(engine: Engine) {
    let other = match engine {
        Engine::Sqlite => Engine::Postgres,
        Engine::Postgres => Engine::Sqlite,
    };
    let test = filled(engine, UNIT).await;
    let there = TestDatabase::new(Database::Astrid, other).await;
    let back = TestDatabase::new(Database::Astrid, engine).await;
    copy::copy(test.address(), there.address(), |_| {}).await.unwrap();
    copy::copy(there.address(), back.address(), |_| {}).await.unwrap();
    let rows = held(&test).await;
    assert_eq!(differences(&rows, &held(&there).await), [""; 0]);
    assert_eq!(held(&back).await, rows);
    assert_same_tables(&test, &back).await;
}
