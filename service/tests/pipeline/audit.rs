//! The audit log as it is read, and as it keeps up with what happens.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicUsize, Ordering},
};

use almanac_database::Database;
use almanac_entity::{
    Table, Visitor,
    astrid::{
        ObservationStatus, alert, audit_record, detection, ml_model, model_run, observation,
        processing_job, survey, system_config, validation_event,
    },
    visit,
};
use almanac_service::{
    Budget, Error, Repository, Work,
    astrid::{
        AlertChannel, AuditFilter, NewAlert, NewSurvey, PastRow, SurveyPatch, Vote, audit_values,
    },
};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, prelude::Uuid};
use sea_orm_migration::MigratorTraitSelf;
use serde_json::{Value, json};

use crate::{
    curation::{Scene, observation_row},
    support::{Engine, TestDatabase, engines, revisions},
    world::{World, after, now},
};

engines! {
    ast_p4_08_a_failure_at_any_statement_leaves_nothing,
    ast_p4_08_a_refused_record_takes_the_change_back,
    ast_p4_08_dropped_work_leaves_nothing,
    ast_p4_09_rows_are_reconstructed,
    ast_p4_09_rows_older_than_the_log_are_reconstructed,
    ast_p4_11_the_log_begins_with_what_there_is,
    nothing_is_recorded_before_the_log_is_there,
    records_are_found,
}

/// The revisions before the one that brings the log, and those from it on.
const BEFORE_THE_LOG: u32 = 9;
const SINCE_THE_LOG: u32 = 2;

/// Two observations change, and a vote is cast: what a failure must undo.
async fn happen(scene: &Scene, work: &Work, detection: Uuid) -> almanac_service::Result<()> {
    let observations = work.table::<observation::Entity>().await?;
    let id = scene.observation.id;
    observations.transition(id, ObservationStatus::Preprocessing, None, after(5)).await?;
    observations.insert(observation_row(scene.observation.survey_id, "another")).await?;
    let votes = work.table::<validation_event::Entity>().await?;
    votes.record(detection, &Vote::new(true), after(5)).await?;
    Ok(())
}

/// What is in the tables that those changes concern.
async fn state(world: &World) -> String {
    format!(
        "{:?}\n{:?}\n{:?}\n{:?}\n{:?}",
        world.rows::<observation::Entity>().await,
        world.rows::<processing_job::Entity>().await,
        world.rows::<detection::Entity>().await,
        world.rows::<validation_event::Entity>().await,
        world.rows::<audit_record::Entity>().await,
    )
}

async fn ast_p4_08_a_failure_at_any_statement_leaves_nothing(engine: Engine) {
    let scene = Scene::new(engine).await;
    let detection = scene.detection(9_000).await.id;
    let before = state(&scene.world).await;
    let mut failures = 0;
    for statements in 0.. {
        let work = scene.world.work(after(5));
        let budget = Budget::new(statements);
        let outcome = budget.scope(happen(&scene, &work, detection)).await;
        if outcome.is_ok() {
            work.commit().await.unwrap();
            break;
        }
        assert!(matches!(outcome, Err(Error::TooManyStatements)), "{outcome:?}");
        work.undo().await;
        assert_eq!(state(&scene.world).await, before, "after {statements} statements");
        failures += 1;
    }
    // Each change and each record of it was one of them.
    assert!(failures > 12, "{failures}");
    assert_ne!(state(&scene.world).await, before);
}

async fn ast_p4_08_a_refused_record_takes_the_change_back(engine: Engine) {
    for action in
        ["observation.status", "observation.create", "validation.record", "detection.status"]
    {
        let scene = Scene::new(engine).await;
        let detection = scene.detection(9_000).await.id;
        let before = state(&scene.world).await;
        refuse_records(&scene.world, action).await;
        let work = scene.world.work(after(5));
        let outcome = happen(&scene, &work, detection).await;
        assert!(outcome.is_err(), "{action}");
        work.undo().await;
        assert_eq!(state(&scene.world).await, before, "{action}");
    }
}

/// Lets the log refuse records of an action.
async fn refuse_records(world: &World, action: &str) {
    let writer = world.writer().await;
    let statements = match writer.get_database_backend() {
        sea_orm::DbBackend::Sqlite => vec![format!(
            "CREATE TRIGGER refuse BEFORE INSERT ON audit_log WHEN NEW.action = '{action}' \
             BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
        )],
        _ => vec![
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RAISE EXCEPTION 'the disk is full'; END $$"
                .to_owned(),
            format!(
                "CREATE TRIGGER refuse BEFORE INSERT ON audit_log FOR EACH ROW \
                 WHEN (NEW.action = '{action}') EXECUTE FUNCTION refuse()"
            ),
        ],
    };
    for statement in statements {
        writer.execute_unprepared(&statement).await.unwrap();
    }
}

async fn ast_p4_08_dropped_work_leaves_nothing(engine: Engine) {
    let scene = Scene::new(engine).await;
    let detection = scene.detection(9_000).await.id;
    let before = state(&scene.world).await;
    let work = scene.world.work(after(5));
    happen(&scene, &work, detection).await.unwrap();
    drop(work);
    assert_eq!(state(&scene.world).await, before);
}

/// What a table's rows are at an instant: their keys and cells.
type Snapshot = BTreeMap<(&'static str, Uuid), Value>;

async fn add<E: Table>(world: &World, singular: &'static str, to: &mut Snapshot) {
    for row in world.rows::<E>().await {
        let cells = audit_values::<E>(&row);
        let id = cells["id"].as_str().unwrap().parse().unwrap();
        to.insert((singular, id), Value::Object(cells));
    }
}

async fn snapshot(world: &World) -> Snapshot {
    let mut all = Snapshot::new();
    add::<survey::Entity>(world, "survey", &mut all).await;
    add::<observation::Entity>(world, "observation", &mut all).await;
    add::<system_config::Entity>(world, "system_config", &mut all).await;
    add::<processing_job::Entity>(world, "processing_job", &mut all).await;
    add::<ml_model::Entity>(world, "model", &mut all).await;
    add::<model_run::Entity>(world, "model_run", &mut all).await;
    add::<detection::Entity>(world, "detection", &mut all).await;
    add::<validation_event::Entity>(world, "validation_event", &mut all).await;
    add::<alert::Entity>(world, "alert", &mut all).await;
    all
}

/// What a row of a snapshot is to the log.
fn held(snapshot: &Snapshot, entity_type: &'static str, id: Uuid) -> PastRow {
    match snapshot.get(&(entity_type, id)) {
        Some(Value::Object(cells)) => PastRow::Known(cells.clone()),
        _ => PastRow::Absent,
    }
}

/// An instant after everything.
fn end() -> DateTime<Utc> {
    "2100-01-01T00:00:00Z".parse().unwrap()
}

/// Things that happen, an instant each, to rows of most tables.
async fn history(scene: &Scene, mut then: impl AsyncFnMut(i64)) {
    let world = &scene.world;
    let detection = scene.detection(9_000).await.id;
    then(0).await;
    for (second, who, vote) in [(1, "ann", true), (2, "ben", true), (3, "cleo", false)] {
        let work = scene.reviewer(who, after(second));
        let votes = work.table::<validation_event::Entity>().await.unwrap();
        votes.record(detection, &Vote::new(vote), after(second)).await.unwrap();
        work.commit().await.unwrap();
        then(second).await;
    }
    let work = scene.reviewer("ann", after(4));
    let votes = work.table::<validation_event::Entity>().await.unwrap();
    let own = votes.find_of(detection, "ann").await.unwrap().unwrap();
    let changed = Vote { tags: Some(vec!["odd".to_owned()]), ..Vote::new(false) };
    votes.revise(own.id, &changed, after(4)).await.unwrap();
    work.commit().await.unwrap();
    then(4).await;
    let work = scene.reviewer("cleo", after(5));
    let votes = work.table::<validation_event::Entity>().await.unwrap();
    let own = votes.find_of(detection, "cleo").await.unwrap().unwrap();
    votes.withdraw(own.id, after(5)).await.unwrap();
    work.commit().await.unwrap();
    then(5).await;

    let new = NewAlert {
        detection_id: detection,
        channel: AlertChannel::Email,
        priority: almanac_entity::astrid::AlertPriority::High,
        title: "Look".to_owned(),
        message: "It is bright.".to_owned(),
        metadata: Some(json!({ "recipients": ["ann"] })),
    };
    let work = world.work(after(6));
    let alerts = work.table::<alert::Entity>().await.unwrap();
    let alert = alerts.create(new, after(6)).await.unwrap();
    work.commit().await.unwrap();
    then(6).await;
    let work = world.work(after(7));
    let alerts = work.table::<alert::Entity>().await.unwrap();
    alerts.refused(alert.id, "busy", true, after(7)).await.unwrap();
    work.commit().await.unwrap();
    then(7).await;
    let work = world.work(after(8));
    let alerts = work.table::<alert::Entity>().await.unwrap();
    alerts.accepted(alert.id, Some(json!({ "status": 200 })), after(8)).await.unwrap();
    alerts.acknowledge(alert.id, after(8)).await.unwrap();
    alerts.evaluate(scene.run.id, after(8)).await.unwrap();
    // The second time they are on their way, which is noted.
    alerts.evaluate(scene.run.id, after(8)).await.unwrap();
    work.commit().await.unwrap();
    then(8).await;

    let work = world.work(after(9));
    let surveys = work.table::<survey::Entity>().await.unwrap();
    let seeded = surveys.get_by_name("PS1").await.unwrap().unwrap();
    surveys.activate(seeded.id, after(9)).await.unwrap();
    let patch = SurveyPatch { description: Some(None), ..SurveyPatch::default() };
    surveys.patch(scene.observation.survey_id, patch, after(9)).await.unwrap();
    work.commit().await.unwrap();
    then(9).await;
    let work = world.work(after(10));
    let surveys = work.table::<survey::Entity>().await.unwrap();
    surveys.remove(seeded.id).await.unwrap();
    work.commit().await.unwrap();
    then(10).await;
}

async fn ast_p4_09_rows_are_reconstructed(engine: Engine) {
    let scene = Scene::new(engine).await;
    // The revision that made these did so at an instant of its own, long after those of this test.
    let mut seeded = snapshot(&scene.world).await;
    seeded.retain(|_, cells| cells["created_at"].as_str() > Some("2026"));
    let mut snapshots = Vec::new();
    history(&scene, async |second| snapshots.push((second, snapshot(&scene.world).await))).await;
    assert_eq!(snapshots.len(), 11);

    let writer = scene.world.writer().await;
    let log = Repository::<_, audit_record::Entity>::new(&writer);
    let every: std::collections::BTreeSet<_> =
        snapshots.iter().flat_map(|(_, snapshot)| snapshot.keys().copied()).collect();
    assert!(every.len() > 30, "{}", every.len());
    let (_, last) = snapshots.last().unwrap();
    for &(entity_type, id) in &every {
        let past = log.reconstruct(entity_type, id, end()).await.unwrap();
        assert_eq!(past, held(last, entity_type, id), "{entity_type} {id} in the end");
    }
    for (second, snapshot) in &snapshots {
        for &(entity_type, id) in every.iter().filter(|row| !seeded.contains_key(row)) {
            let past = log.reconstruct(entity_type, id, after(*second)).await.unwrap();
            let expected = held(snapshot, entity_type, id);
            assert_eq!(past, expected, "{entity_type} {id} at second {second}");
        }
    }
    for (entity_type, id) in every.iter().filter(|(entity_type, _)| *entity_type == "detection") {
        let before = log.reconstruct(entity_type, *id, after(-1)).await.unwrap();
        assert_eq!(before, PastRow::Absent);
    }
    let never = log.reconstruct("survey", Uuid::nil(), after(1)).await.unwrap();
    assert_eq!(never, PastRow::Unknown);
    for word in ["audit_log", "surveys", "schema", "example_model"] {
        let refused = log.reconstruct(word, Uuid::nil(), after(1)).await;
        assert!(matches!(refused, Err(Error::Invalid { rule: Some("unknown"), .. })), "{word}");
    }
}

/// Seeded rows, and those that were written before anybody recorded.
async fn ast_p4_09_rows_older_than_the_log_are_reconstructed(engine: Engine) {
    let scene = Scene::new(engine).await;
    let writer = scene.world.writer().await;
    // Written without a record, as before the log was there.
    let unrecorded = Repository::<_, observation::Entity>::new(&writer);
    let new = observation_row(scene.observation.survey_id, "old");
    let old = unrecorded.insert(new).await.unwrap();
    let to = ObservationStatus::Preprocessing;
    let work = scene.world.work(after(10));
    let observations = work.table::<observation::Entity>().await.unwrap();
    let moved = observations.transition(old.id, to, None, after(10)).await.unwrap();
    work.commit().await.unwrap();

    let log = Repository::<_, audit_record::Entity>::new(&writer);
    let known = |row: &observation::Model| PastRow::Known(audit_values::<observation::Entity>(row));
    let at = async |second| log.reconstruct("observation", old.id, after(second)).await.unwrap();
    assert_eq!(at(10).await, known(&moved));
    assert_eq!(at(9).await, known(&old));
    assert_eq!(at(-1).await, PastRow::Absent);

    // Another change that nobody recorded: what was before is not known any more.
    let to = ObservationStatus::Preprocessed;
    let silently = unrecorded.transition(old.id, to, None, after(20)).await.unwrap();
    assert_eq!(at(20).await, known(&silently));
    assert_eq!(at(9).await, PastRow::Unknown);
    assert_eq!(at(-1).await, PastRow::Absent);
}

async fn ast_p4_11_the_log_begins_with_what_there_is(engine: Engine) {
    let world = World::new(engine).await;
    let writer = world.writer().await;
    // Nobody records this, so that the log can be taken away again.
    let surveys = Repository::<_, survey::Entity>::new(&writer);
    let new = NewSurvey {
        name: "Early".to_owned(),
        description: None,
        base_url: None,
        api_endpoint: None,
        is_active: true,
    };
    let survey = surveys.create(new, now()).await.unwrap();
    let observations = Repository::<_, observation::Entity>::new(&writer);
    for name in ["a", "b", "c"] {
        observations.insert(observation_row(survey.id, name)).await.unwrap();
    }
    let connection = world.test.connection().await;
    revisions(Database::Astrid).down(&connection, Some(SINCE_THE_LOG)).await.unwrap();
    connection.close().await.unwrap();

    let mut tables = Tables(Vec::new());
    visit(Database::Astrid, &mut tables);
    let mut rows = serde_json::Map::new();
    for table in tables.0.into_iter().filter(|table| table != "audit_log") {
        rows.insert(table.clone(), json!(world.count(&table).await));
    }
    assert_eq!((rows.len(), &rows["observations"]), (12, &json!(3)));

    let connection = world.test.connection().await;
    revisions(Database::Astrid).up(&connection, Some(1)).await.unwrap();
    connection.close().await.unwrap();
    let [started] = &world.rows_of_log().await[..] else { panic!("one row") };
    assert_eq!(started.action, "schema.audit_started");
    assert_eq!((started.entity_type.as_str(), started.entity_id), ("schema", Uuid::nil()));
    assert_eq!(started.user_id.as_deref(), Some("system:migration"));
    let revision = "m20250929_000002_astrid_phase4_audit";
    let values = json!({ "revision": revision, "rows": rows });
    assert_eq!(started.new_values.as_ref(), Some(&values));
}

struct Tables(Vec<String>);

impl Visitor for Tables {
    fn visit<T: Table>(&mut self) {
        self.0.push(T::default().table_name().to_owned());
    }
}

impl World {
    /// The whole log, in its order.
    async fn rows_of_log(&self) -> Vec<audit_record::Model> {
        let mut rows = self.rows::<audit_record::Entity>().await;
        rows.sort_by_key(|row| (row.created_at, row.id));
        rows
    }
}

async fn nothing_is_recorded_before_the_log_is_there(engine: Engine) {
    let warnings = Warnings::default();
    let guard = tracing::subscriber::set_default(warnings.clone());
    let test = TestDatabase::new(Database::Astrid, engine).await;
    let connection = test.connection().await;
    revisions(Database::Astrid).up(&connection, Some(BEFORE_THE_LOG)).await.unwrap();
    connection.close().await.unwrap();
    let world = World { sessions: test.sessions(), test };
    world.survey("Early").await;
    world.survey("Early too").await;
    assert_eq!(warnings.0.load(Ordering::Relaxed), 1, "said once, whatever was changed since");
    world.sessions.withhold_phases().await.unwrap();
    assert_eq!(warnings.0.load(Ordering::Relaxed), 1);

    // Once the log is there it is written by the same sessions.
    let connection = world.test.connection().await;
    revisions(Database::Astrid).up(&connection, None).await.unwrap();
    connection.close().await.unwrap();
    let late = World { sessions: world.test.sessions(), test: world.test };
    let survey = late.survey("Late").await;
    let created = late.audit("survey.create").await;
    assert_eq!(created.iter().map(|row| row.entity_id).collect::<Vec<_>>(), [survey.id]);
    assert_eq!(warnings.0.load(Ordering::Relaxed), 1);
    drop(guard);
}

/// Counts what is warned of.
#[derive(Clone, Default)]
struct Warnings(std::sync::Arc<AtomicUsize>);

impl tracing::Subscriber for Warnings {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        *metadata.level() == tracing::Level::WARN
            && metadata.target().starts_with("almanac_service")
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, _: &tracing::Event<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

async fn records_are_found(engine: Engine) {
    let scene = Scene::new(engine).await;
    history(&scene, async |_| {}).await;
    let writer = scene.world.writer().await;
    let log = Repository::<_, audit_record::Entity>::new(&writer);
    let everything = log.list_by(&AuditFilter::default(), 1_000, 0).await.unwrap();
    let mut expected = scene.world.rows_of_log().await;
    expected.reverse();
    assert_eq!(everything, expected);
    assert_eq!(log.list_by(&AuditFilter::default(), 2, 3).await.unwrap(), expected[3..5]);

    let detection = scene.world.rows::<detection::Entity>().await[0].id;
    let none = AuditFilter::default;
    let some = |text: &str| Some(text.to_owned());
    for (filter, holds) in [
        (
            AuditFilter { entity_type: some("alert"), ..none() },
            (|row| row.entity_type == "alert") as fn(&audit_record::Model) -> bool,
        ),
        (AuditFilter { action: some("validation.record"), ..none() }, |row| {
            row.action == "validation.record"
        }),
        (AuditFilter { action: some("validation%"), ..none() }, |_| false),
        (AuditFilter { actor: some("ann"), ..none() }, |row| row.user_id.as_deref() == Some("ann")),
        (AuditFilter { actor: some("' OR 1=1 --"), ..none() }, |_| false),
        (AuditFilter { from: Some(after(3)), to: Some(after(4)), ..none() }, |row| {
            (after(3)..=after(4)).contains(&row.created_at)
        }),
    ] {
        let found = log.list_by(&filter, 1_000, 0).await.unwrap();
        let expected: Vec<_> = expected.iter().filter(|row| holds(row)).cloned().collect();
        assert_eq!(found, expected, "{filter:?}");
    }
    let of_row = AuditFilter { entity_id: Some(detection), ..none() };
    let mut of_row = log.list_by(&of_row, 1_000, 0).await.unwrap();
    of_row.reverse();
    assert_eq!(log.for_entity("detection", detection).await.unwrap(), of_row);
    let actions: Vec<_> = of_row.iter().map(|row| row.action.as_str()).collect();
    let moved = "detection.status";
    let noted = "alert.suppressed";
    assert_eq!(actions, ["detection.create", moved, moved, moved, noted]);
    let backwards = AuditFilter { from: Some(after(2)), to: Some(after(1)), ..none() };
    let refused = log.list_by(&backwards, 10, 0).await;
    assert!(matches!(refused, Err(Error::Invalid { rule: Some("range"), .. })));
}

/// The same things happen on both engines, and both logs say the same, but for ids.
#[tokio::test]
async fn ast_p4_10_both_engines_record_the_same() {
    let mut logs = Vec::new();
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let scene = Scene::new(engine).await;
        history(&scene, async |_| {}).await;
        let mut names = BTreeMap::new();
        let rows: Vec<Value> = scene
            .world
            .rows_of_log()
            .await
            .into_iter()
            .filter(|row| row.entity_type != "schema")
            .map(|row| {
                let mut row = json!(row);
                name_ids(&mut row, &mut names);
                row
            })
            .collect();
        logs.push(rows);
    }
    let [sqlite, postgres] = &logs[..] else { panic!("two engines") };
    assert!(sqlite.len() > 20, "{}", sqlite.len());
    for (sqlite, postgres) in sqlite.iter().zip(postgres) {
        assert_eq!(sqlite, postgres);
    }
    assert_eq!(sqlite.len(), postgres.len());
}

/// Puts a number in the place of each id, in the order in which they come.
fn name_ids(value: &mut Value, names: &mut BTreeMap<Uuid, usize>) {
    match value {
        Value::String(text) => {
            // What the revisions made bears the instant at which they ran.
            if text.parse::<DateTime<Utc>>().is_ok_and(|instant| instant > after(3_600)) {
                *text = "at its migration".to_owned();
            } else if let Ok(id) = text.parse::<Uuid>() {
                let next = names.len();
                *text = format!("id {}", names.entry(id).or_insert(next));
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| name_ids(value, names)),
        Value::Object(cells) => cells.values_mut().for_each(|value| name_ids(value, names)),
        _ => {}
    }
}
