//! Which detections raise alerts.

use AlertPriority::{Critical, High, Low, Medium};
use AlertStatus::Pending;
use almanac_entity::astrid::{AlertPriority, AlertStatus, DetectionStatus, alert, model_run};
use almanac_service::{
    Error,
    access::{Principal, Role},
    astrid::{AlertRules, Evaluation},
};
use proptest::prelude::*;
use sea_orm::prelude::{Decimal, Uuid};
use serde_json::{Value, json};

use crate::{
    curation::{Scene, work_of},
    support::{Engine, engines},
    world::after,
};

engines! {
    ast_p4_04_bands_begin_where_they_should,
    ast_p4_04_what_a_prediction_tells_is_looked_at,
    ast_p4_05_a_channel_takes_ten_in_an_hour,
    ast_p4_05_an_observation_cools_down,
    ast_p4_05_evaluations_at_the_same_moment_count_together,
    evaluations_heed_the_setting,
}

async fn evaluate(scene: &Scene, run: &model_run::Model, second: i64) -> Evaluation {
    let work = scene.world.work(after(second));
    let alerts = work.table::<alert::Entity>().await.unwrap();
    let evaluation = alerts.evaluate(run.id, after(second)).await.unwrap();
    work.commit().await.unwrap();
    evaluation
}

fn by(rules: Value, channels: &[&str]) -> Value {
    let mut rules = rules;
    rules["channels"] = json!(channels);
    rules
}

async fn ast_p4_04_bands_begin_where_they_should(engine: Engine) {
    let scene = Scene::new(engine).await;
    for (number, (confidence, expected)) in [
        (7_999, None),
        (8_000, Some(Medium)),
        (8_499, Some(Medium)),
        (8_500, Some(High)),
        (9_499, Some(High)),
        (9_500, Some(Critical)),
        (10_000, Some(Critical)),
    ]
    .into_iter()
    .enumerate()
    {
        let run = scene.another_run(&format!("band{number}")).await;
        let detection = scene.detection_of(&run, confidence, None).await;
        let evaluation = evaluate(&scene, &run, 1).await;
        assert_eq!(evaluation.suppressed, [], "{confidence}");
        let alerts = scene.world.rows::<alert::Entity>().await;
        let mut alerts = alerts.iter().filter(|alert| alert.detection_id == detection.id);
        let alert = alerts.next();
        assert_eq!(alert.map(|alert| alert.priority), expected, "{confidence}");
        assert_eq!(evaluation.created, alert.map(|alert| alert.id).into_iter().collect::<Vec<_>>());
        let Some(alert) = alert else { continue };
        assert_eq!((alert.alert_type.as_str(), alert.status), ("dashboard", Pending));
        assert!(alert.title.contains("transient") && alert.message.contains("150.1234567"));
        let metadata = alert.alert_metadata.as_ref().unwrap();
        assert_eq!(metadata["rule"], json!("alerts.rules"));
    }
    assert_eq!(scene.world.count("processing_jobs WHERE job_type = 'notify'").await, 6);
    assert_eq!(scene.world.audit("alert.create").await.len(), 6);
}

async fn ast_p4_04_what_a_prediction_tells_is_looked_at(engine: Engine) {
    let scene = Scene::new(engine).await;
    for (number, (metadata, is_worth_it)) in [
        (json!({ "quality_score": 0.69 }), false),
        (json!({ "quality_score": 0.7 }), true),
        (json!({ "size_px": 99.5 }), false),
        (json!({ "size_px": 100 }), true),
        (json!({ "brightness": 0.49 }), false),
        (json!({ "brightness": 0.5 }), true),
        (json!({ "quality_score": 0.9, "size_px": 400, "brightness": 0.1 }), false),
        (json!({ "quality_score": null, "window": [0, 0, 9, 9] }), true),
    ]
    .into_iter()
    .enumerate()
    {
        let run = scene.another_run(&format!("told{number}")).await;
        scene.detection_of(&run, 9_000, Some(metadata.clone())).await;
        let evaluation = evaluate(&scene, &run, 1).await;
        assert_eq!(evaluation.created.len(), usize::from(is_worth_it), "{metadata}");
    }
    // What people or triage put away raises none.
    let run = scene.another_run("put away").await;
    for status in [DetectionStatus::Rejected, DetectionStatus::Archived] {
        let detection = scene.detection_of(&run, 9_900, None).await;
        scene.put(detection.id, status).await;
    }
    assert_eq!(evaluate(&scene, &run, 1).await, Evaluation::default());
    let work = scene.world.work(after(1));
    let alerts = work.table::<alert::Entity>().await.unwrap();
    let missing = alerts.evaluate(Uuid::nil(), after(1)).await;
    assert!(matches!(missing, Err(Error::NotFound { .. })), "{missing:?}");
}

async fn ast_p4_05_a_channel_takes_ten_in_an_hour(engine: Engine) {
    let scene = Scene::new(engine).await;
    for number in 0..10 {
        let run = scene.another_run(&format!("hour{number}")).await;
        scene.detection_of(&run, 9_000, None).await;
        assert_eq!(evaluate(&scene, &run, number * 60).await.created.len(), 1);
    }
    let eleventh = scene.another_run("eleventh").await;
    let ordinary = scene.detection_of(&eleventh, 9_499, None).await;
    let critical = scene.detection_of(&eleventh, 9_500, None).await;
    let evaluation = evaluate(&scene, &eleventh, 600).await;
    let alerts = scene.world.rows::<alert::Entity>().await;
    let made = alerts.iter().find(|alert| alert.id == evaluation.created[0]).unwrap();
    assert_eq!((evaluation.created.len(), made.detection_id), (1, critical.id));
    let [suppressed] = &evaluation.suppressed[..] else { panic!("{evaluation:?}") };
    assert_eq!((suppressed.detection_id, suppressed.priority), (ordinary.id, High));

    let [row] = &scene.world.audit("alert.suppressed").await[..] else { panic!("one row") };
    assert_eq!((row.entity_type.as_str(), row.entity_id), ("detection", ordinary.id));
    // The critical one counts.
    let reason = "dashboard had 11 alerts in the last 60 minutes";
    assert_eq!(row.change_summary.as_deref(), Some(reason));
    let values = json!({ "channel": "dashboard", "priority": "high", "reason": reason });
    assert_eq!((row.old_values.as_ref(), row.new_values.as_ref()), (None, Some(&values)));
    assert_eq!((row.user_id.as_deref(), row.created_at), (Some("ada"), after(600)));

    // An hour after the first, second and third of eleven there is room for one of ten.
    let late = scene.another_run("late").await;
    scene.detection_of(&late, 9_000, None).await;
    assert_eq!(evaluate(&scene, &late, 3_599).await.created.len(), 0);
    assert_eq!(evaluate(&scene, &late, 3_600).await.created.len(), 0, "ten are left");
    assert_eq!(evaluate(&scene, &late, 3_660).await.created.len(), 1, "nine are left");
}

async fn ast_p4_05_an_observation_cools_down(engine: Engine) {
    let scene = Scene::new(engine).await;
    let rules = by(json!({}), &["dashboard", "email"]);
    scene.set("alerts.rules", rules).await;
    let first = scene.detection(8_600).await;
    let second = scene.detection(8_500).await;
    let evaluation = evaluate(&scene, &scene.run, 0).await;
    assert_eq!(evaluation.created.len(), 2, "one by each channel");
    assert_eq!(evaluation.suppressed.len(), 2);
    for suppressed in &evaluation.suppressed {
        assert_eq!(suppressed.detection_id, second.id);
        assert!(suppressed.reason.contains("in the last 30 minutes"), "{suppressed:?}");
    }
    // Of the first one alerts are on their way still, whatever the hour.
    let evaluation = evaluate(&scene, &scene.run, 1_799).await;
    assert_eq!((evaluation.created.len(), evaluation.suppressed.len()), (0, 4));
    let evaluation = evaluate(&scene, &scene.run, 1_800).await;
    assert_eq!((evaluation.created.len(), evaluation.suppressed.len()), (2, 2));
    for suppressed in &evaluation.suppressed {
        assert_eq!(suppressed.detection_id, first.id);
        assert!(suppressed.reason.contains("on its way"), "{suppressed:?}");
    }
    // A critical one does not wait, and another observation is not concerned.
    scene.detection(9_500).await;
    assert_eq!(evaluate(&scene, &scene.run, 1_801).await.created.len(), 2);
    let other = scene.another_run("other").await;
    scene.detection_of(&other, 8_500, None).await;
    assert_eq!(evaluate(&scene, &other, 1_802).await.created.len(), 2);
}

async fn ast_p4_05_evaluations_at_the_same_moment_count_together(engine: Engine) {
    let scene = Scene::new(engine).await;
    let mut runs = Vec::new();
    for number in 0..14 {
        let run = scene.another_run(&format!("together{number}")).await;
        scene.detection_of(&run, 9_000, None).await;
        runs.push(run.id);
    }
    let evaluations = runs.into_iter().map(|run| {
        let sessions = scene.world.test.sessions();
        tokio::spawn(async move {
            let worker = Principal::new("system:worker:w", Role::Operator);
            let work = work_of(&sessions, &worker, after(1));
            let alerts = work.table::<alert::Entity>().await.unwrap();
            alerts.evaluate(run, after(1)).await.unwrap();
            work.commit().await.unwrap();
        })
    });
    for evaluation in evaluations.collect::<Vec<_>>() {
        evaluation.await.unwrap();
    }
    assert_eq!(scene.world.count("alerts").await, 10);
    assert_eq!(scene.world.audit("alert.suppressed").await.len(), 4);
}

async fn evaluations_heed_the_setting(engine: Engine) {
    let scene = Scene::new(engine).await;
    let rules = json!({
        "min_confidence": 0.5, "priority_bands": { "critical": 0.9, "high": 0.7, "medium": 0.6 },
        "recipients": { "sms": ["+100"] },
    });
    scene.set("alerts.rules", by(rules, &["sms", "sms"])).await;
    scene.detection(5_500).await;
    assert_eq!(evaluate(&scene, &scene.run, 1).await.created.len(), 1);
    let [alert] = &scene.world.rows::<alert::Entity>().await[..] else { panic!("one alert") };
    assert_eq!((alert.alert_type.as_str(), alert.priority), ("sms", Low));
    let work = scene.world.work(after(2));
    let alerts = work.table::<alert::Entity>().await.unwrap();
    let document = alerts.delivery(alert.id).await.unwrap().to_json();
    work.undo().await;
    assert_eq!(document["recipients"], json!(["+100"]));
    assert_eq!((&document["channel"], &document["alert"]["id"]), (&json!("sms"), &json!(alert.id)));
    assert_eq!(document["detection"]["confidence_score"], json!("0.5500"));

    scene.set("alerts.rules", by(json!({}), &["pigeon"])).await;
    let work = scene.world.work(after(3));
    let alerts = work.table::<alert::Entity>().await.unwrap();
    let refused = alerts.evaluate(scene.run.id, after(3)).await;
    assert!(matches!(refused, Err(Error::Invalid { rule: Some("unknown"), .. })), "{refused:?}");
}

proptest! {
    /// More confidence is never less urgent.
    #[test]
    fn urgency_grows_with_confidence(a in 0..=10_000_i64, b in 0..=10_000_i64) {
        let rules = AlertRules::default();
        let rank = |confidence: i64| match rules.priority(Decimal::new(confidence, 4)) {
            Low => 0,
            Medium => 1,
            High => 2,
            Critical => 3,
        };
        prop_assert!(rank(a.min(b)) <= rank(a.max(b)));
    }
}
