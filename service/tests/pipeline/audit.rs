//! The audit log as it is read, and as it keeps up with what happens.

use std::collections::BTreeMap;

use almanac_entity::astrid::{
    ObservationStatus, audit_record, detection, observation, processing_job, validation_event,
};
use almanac_service::{
    Budget, Error, Repository, Work,
    astrid::{AuditFilter, Vote},
};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbBackend, prelude::Uuid};
use serde_json::{Value, json};

use crate::{
    audit_history::{history, log_of},
    curation::{Scene, observation_row},
    support::{Engine, engines},
    world::{World, after},
};

engines! {
    ast_p4_08_a_failure_at_any_statement_leaves_nothing,
    ast_p4_08_a_refused_record_takes_the_change_back,
    ast_p4_08_dropped_work_leaves_nothing,
    records_are_found,
}

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
        let outcome = Box::pin(budget.scope(happen(&scene, &work, detection))).await;
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
        DbBackend::Sqlite => vec![format!(
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

async fn records_are_found(engine: Engine) {
    let scene = Scene::new(engine).await;
    history(&scene, async |_| {}).await;
    let writer = scene.world.writer().await;
    let log = Repository::<_, audit_record::Entity>::new(&writer);
    let everything = log.list_by(&AuditFilter::default(), 1_000, 0).await.unwrap();
    let mut expected = log_of(&scene.world).await;
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
        let rows: Vec<Value> = log_of(&scene.world)
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
                "at its migration".clone_into(text);
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
