//! Past rows as the audit log tells them.

use std::collections::{BTreeMap, BTreeSet};

use almanac_entity::{
    Table,
    astrid::{
        AlertPriority, ObservationStatus, alert, audit_record, detection, ml_model, model_run,
        observation, processing_job, survey, system_config, validation_event,
    },
};
use almanac_service::{
    Error, Repository,
    astrid::{AlertChannel, NewAlert, PastRow, SurveyPatch, Vote, audit_values},
};
use chrono::{DateTime, Utc};
use sea_orm::prelude::Uuid;
use serde_json::{Value, json};

use crate::{
    curation::{Scene, observation_row},
    support::{Engine, engines},
    world::{World, after},
};

engines! {
    ast_p4_09_rows_are_reconstructed,
    ast_p4_09_rows_older_than_the_log_are_reconstructed,
}

/// The whole log, in its order.
pub(crate) async fn log_of(world: &World) -> Vec<audit_record::Model> {
    let mut rows = world.rows::<audit_record::Entity>().await;
    rows.sort_by_key(|row| (row.created_at, row.id));
    rows
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
pub(crate) async fn history(scene: &Scene, mut then: impl AsyncFnMut(i64)) {
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
        priority: AlertPriority::High,
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
    let every: BTreeSet<_> =
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
