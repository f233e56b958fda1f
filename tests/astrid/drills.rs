//! Going back: step by step, to a named revision, and after a failure.

use almanac_database::{Address, Database};
use almanac_entity::astrid::observation;
use almanac_migration::{Target, downgrade, upgrade};
use almanac_service::{Filter, Repository};
use almanac_upkeep::digest::{TableDigest, differences, digests_at};
use migration_support::Revisions;
use sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{
    MigrationName, MigrationTrait, MigratorTraitSelf, SchemaManager, prelude::async_trait,
};
use tempfile::TempDir;

use crate::{
    backups::{backed_up, spelled},
    night::{self, SMALL, filled},
    schema::{REVISIONS, phase},
    start::almanac,
    support::{Engine, Schema, TestDatabase, assert_same, engines, revisions},
};

engines!(
    ast_r_03_one_step_back_from_each_revision,
    ast_r_04_back_to_each_revision_by_its_name,
    ast_r_05_rows_are_not_destroyed_unasked,
    ast_r_06_each_phase_is_rehearsed,
    ast_r_07_a_failed_upgrade_leaves_the_build_before,
);

/// The schema of the database there.
pub(crate) async fn schema(address: &Address) -> Schema {
    let connection = crate::support::connect(address).await;
    let schema = Schema::read(&connection).await;
    connection.close().await.unwrap();
    schema
}

/// Goes up so many revisions.
async fn up(test: &TestDatabase, steps: u32) {
    upgrade(test.address(), &Target::Steps(steps), |_| {}).await.unwrap();
}

/// Fills the tables of a phase.
async fn fill(test: &TestDatabase, phase: u8) {
    let connection = test.connection().await;
    night::fill(&connection, SMALL, phase..=phase).await;
    connection.close().await.unwrap();
}

/// The schema at each number of revisions, the first at none.
async fn schemas(engine: Engine) -> Vec<Schema> {
    let test = TestDatabase::new(Database::Astrid, engine).await;
    let mut schemas = vec![Schema::default()];
    for _ in 1..=REVISIONS {
        up(&test, 1).await;
        schemas.push(schema(test.address()).await);
    }
    schemas
}

async fn ast_r_03_one_step_back_from_each_revision(engine: Engine) {
    let test = TestDatabase::new(Database::Astrid, engine).await;
    let mut before = Schema::default();
    for revision in 1..=REVISIONS {
        let held = digests_of(&test, revision).await;
        up(&test, 1).await;
        let after = schema(test.address()).await;
        let back = Target::Steps(1);
        downgrade(test.address(), &back, true, |_| {}).await.unwrap();
        assert!(before == schema(test.address()).await, "{revision}");
        let wrong = differences(&held, &digests_of(&test, revision).await);
        assert_eq!(wrong, [""; 0], "{revision}: tables that it has no part in");
        up(&test, 1).await;
        if phase(revision) > phase(revision - 1) {
            fill(&test, phase(revision)).await;
        }
        before = after;
    }
}

/// What the tables hold that there are before a revision.
async fn digests_of(test: &TestDatabase, revision: u32) -> Vec<TableDigest> {
    if revision == 1 { Vec::new() } else { digests_at(test.address()).await.unwrap() }
}

async fn ast_r_04_back_to_each_revision_by_its_name(engine: Engine) {
    let schemas = schemas(engine).await;
    let names = revisions(Database::Astrid).all();
    let test = TestDatabase::migrated(Database::Astrid, engine).await;
    for (name, schema_then) in names.iter().zip(&schemas[1..]).take(REVISIONS as usize) {
        let way = Target::Revision(name.clone());
        downgrade(test.address(), &way, true, |_| {}).await.unwrap();
        // The same as so many single steps, of which each leads to the schema of the revision before.
        assert!(*schema_then == schema(test.address()).await, "{name}");
        upgrade(test.address(), &Target::Head, |_| {}).await.unwrap();
    }

    let (state, newest) = (TempDir::new().unwrap(), names.last().unwrap());
    let before = schema(test.address()).await;
    let run = |to: &str| {
        let arguments = ["migrate", "downgrade", "--database", "astrid", to];
        almanac(&test, &state, &arguments).output().unwrap()
    };
    let nothing = run(newest);
    assert!(nothing.status.success(), "{}", String::from_utf8_lossy(&nothing.stderr));
    assert_eq!(String::from_utf8_lossy(&nothing.stdout), "astrid: nothing to do\n");
    let unknown = run("m20200101_000001_nowhere");
    assert_eq!(unknown.status.code(), Some(1));
    let message = String::from_utf8(unknown.stderr).unwrap();
    assert!(message.contains("there is no revision m20200101_000001_nowhere"), "{message}");
    assert!(before == schema(test.address()).await);
    assert!(!state.path().join("backups").exists(), "who changes nothing backs nothing up");

    // One step that changes something is preceded by a backup.
    let back = run("-1");
    assert!(back.status.success(), "{}", String::from_utf8_lossy(&back.stderr));
    let kept = almanac_upkeep::backup::list(&state.path().join("backups")).unwrap();
    assert_eq!(kept[0].manifest.as_ref().unwrap().revision.as_ref(), Some(newest));
}

async fn ast_r_05_rows_are_not_destroyed_unasked(engine: Engine) {
    let test = TestDatabase::new(Database::Astrid, engine).await;
    up(&test, ends(0)).await;
    let names = revisions(Database::Astrid).all();
    let lost = [
        &["surveys (1 rows)", "observations (100 rows)", "system_config (1 rows)"][..],
        &["preprocess_runs (100 rows)", "candidates (200 rows)", "processing_jobs (130 rows)"],
        &["model_runs.energy_consumed_wh (10 values)"],
        &["audit_log (40 rows)"],
    ];
    for (phase, lost) in (1..).zip(lost) {
        let (last, before) = (ends(phase), ends(phase - 1));
        up(&test, last - before).await;
        fill(&test, phase).await;
        let held = state(&test).await;
        let back = Target::Revision(names[before as usize - 1].clone());
        let error = downgrade(test.address(), &back, false, |_| {}).await.unwrap_err();
        let message = error.to_string();
        assert!(message.contains("DowngradeBlocked"), "{message}");
        assert!(lost.iter().all(|lost| message.contains(lost)), "{message}");
        // Nor is a revision taken back that destroys nothing by itself.
        assert!(state(&test).await == held, "phase {phase}");
    }
}

/// The tables, what they hold and the books.
async fn state(test: &TestDatabase) -> (Schema, Vec<TableDigest>, Option<String>) {
    let status = almanac_migration::status(test.address()).await.unwrap();
    let digests = digests_at(test.address()).await.unwrap();
    (schema(test.address()).await, digests, status.current().map(str::to_owned))
}

async fn ast_r_06_each_phase_is_rehearsed(engine: Engine) {
    let test = TestDatabase::new(Database::Astrid, engine).await;
    up(&test, ends(0)).await;
    let names = revisions(Database::Astrid).all();
    for phase in 1..=4 {
        let kept = backed_up(&test).await;
        let (tables, rows, revision) = state(&test).await;
        up(&test, ends(phase) - ends(phase - 1)).await;
        fill(&test, phase).await;
        let back = Target::Revision(names[ends(phase - 1) as usize - 1].clone());
        downgrade(test.address(), &back, true, |_| {}).await.unwrap();
        kept.restore(&test, true).await.unwrap();
        let after = state(&test).await;
        assert_same(&spelled(tables), &spelled(after.0), &format!("phase {phase}"));
        assert_eq!((after.1, after.2), (rows, revision), "phase {phase}");
        let verdict = almanac_migration::verify(test.address()).await.unwrap();
        assert!(verdict.is_clean(), "phase {phase}: {verdict:?}");
        up(&test, ends(phase) - ends(phase - 1)).await;
        fill(&test, phase).await;
    }
}

/// How many revisions there are at the end of a phase; at that of none, the legacy table alone.
fn ends(phase: u8) -> u32 {
    [1, 5, 6, 8, 10][usize::from(phase)]
}

/// A revision that changes a table, and fails half-way.
struct Broken;

impl MigrationName for Broken {
    fn name(&self) -> &'static str {
        "m29990101_000001_broken"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Broken {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for sql in [
            "UPDATE observations SET exposure_time = 1",
            "ALTER TABLE observations ADD COLUMN weather text",
            "SELECT 1 FROM nowhere",
        ] {
            connection.execute_unprepared(sql).await?;
        }
        Ok(())
    }
}

fn with_a_broken_one() -> Vec<Box<dyn MigrationTrait>> {
    let mut list = revisions(Database::Astrid).migrations();
    list.push(Box::new(Broken));
    list
}

async fn ast_r_07_a_failed_upgrade_leaves_the_build_before(engine: Engine) {
    let test = filled(engine, SMALL).await;
    let copy = TestDatabase::new(Database::Astrid, engine).await;
    backed_up(&test).await.restore(&copy, false).await.unwrap();
    let before = state(&copy).await;
    let connection = copy.connection().await;
    let later = Revisions::new(Database::Astrid, with_a_broken_one);
    let error = later.up(&connection, None).await.unwrap_err();
    connection.close().await.unwrap();
    assert!(error.to_string().contains("nowhere"), "{error}");
    assert!(state(&copy).await == before);
    // The build before finds what it knows: nothing pending, nothing changed by hand, all rows.
    assert_eq!(almanac_migration::status(copy.address()).await.unwrap().pending().count(), 0);
    let verdict = almanac_migration::verify(copy.address()).await.unwrap();
    assert!(verdict.differences.is_empty(), "{:?}", verdict.differences);
    let reader = copy.sessions().reader(Database::Astrid).await.unwrap();
    let observations = Repository::<_, observation::Entity>::new(&reader);
    let count = observations.count(&Filter::default()).await.unwrap();
    assert_eq!(count, u64::from(SMALL.observations));
}
