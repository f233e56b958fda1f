//! The way of alerts to people.

use AlertPriority::{Low, Medium};
use AlertStatus::{Cancelled, Delivered, Failed, Pending, Sent};
use almanac_entity::astrid::{
    AlertPriority, AlertStatus, ProcessingJobStatus, alert, processing_job,
};
use almanac_service::{
    Error, Repository, Result,
    astrid::{ALERT_STATES, AlertChannel, JobType, NewAlert, NewJob},
};
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    prelude::Uuid,
};
use serde_json::json;

use crate::{
    curation::Scene,
    support::{Engine, engines},
    world::{World, after},
};

engines! {
    ast_p4_06_tries_are_counted_until_one_succeeds,
    ast_p4_06_retry_starts_again_and_cancel_stops,
    alerts_go_their_ways,
    an_alert_is_on_its_way_once,
    alerts_by_hand_are_checked,
}

fn new(detection_id: Uuid, channel: AlertChannel) -> NewAlert {
    NewAlert {
        detection_id,
        channel,
        priority: Medium,
        title: "Look".to_owned(),
        message: "It is bright.".to_owned(),
        metadata: None,
    }
}

async fn create(scene: &Scene, channel: AlertChannel) -> alert::Model {
    let id = scene.detection(9_000).await.id;
    let work = scene.world.work(after(1));
    let alerts = work.table::<alert::Entity>().await.unwrap();
    let alert = alerts.create(new(id, channel), after(1)).await.unwrap();
    work.commit().await.unwrap();
    alert
}

/// Does something with the alerts, and lets it last where it succeeds.
macro_rules! change {
    ($world:expr, $second:expr, |$alerts:ident| $call:expr) => {{
        let work = $world.work(after($second));
        let $alerts = work.table::<alert::Entity>().await.unwrap();
        let outcome: Result<alert::Model> = $call.await;
        match outcome {
            Ok(alert) => work.commit().await.map(|()| alert),
            Err(error) => {
                work.undo().await;
                Err(error)
            }
        }
    }};
}

async fn ast_p4_06_tries_are_counted_until_one_succeeds(engine: Engine) {
    let scene = Scene::new(engine).await;
    let id = create(&scene, AlertChannel::Email).await.id;
    for (second, error) in [(2, "first"), (3, "second")] {
        let alert =
            change!(scene.world, second, |alerts| alerts.refused(id, error, true, after(second)));
        let alert = alert.unwrap();
        assert_eq!((alert.status, alert.error_message.as_deref()), (Pending, Some(error)));
    }
    let answer = Some(json!({ "status": 202 }));
    let sent = change!(scene.world, 4, |alerts| alerts.accepted(id, answer.clone(), after(4)));
    let sent = sent.unwrap();
    assert_eq!((sent.status, sent.delivery_attempts), (Sent, 3));
    assert_eq!(sent.sent_at, Some(after(4)));
    assert_eq!(sent.alert_metadata, Some(json!({ "channel_response": { "status": 202 } })));
    let tries: Vec<_> = scene.world.audit("alert.retry").await;
    assert_eq!(tries.len(), 2);
    assert_eq!(tries[1].change_summary.as_deref(), Some("second"));
    assert_eq!(scene.world.audit("alert.send").await.len(), 1);
}

async fn ast_p4_06_retry_starts_again_and_cancel_stops(engine: Engine) {
    let scene = Scene::new(engine).await;
    let id = create(&scene, AlertChannel::Sms).await.id;
    end_jobs(&scene.world).await;
    let failed = change!(scene.world, 2, |alerts| alerts.refused(id, "no signal", false, after(2)));
    let failed = failed.unwrap();
    assert_eq!((failed.status, failed.delivery_attempts, failed.sent_at), (Failed, 1, None));
    assert_eq!(scene.world.audit("alert.fail").await.len(), 1);

    let retried = change!(scene.world, 3, |alerts| alerts.retry(id, after(3))).unwrap();
    assert_eq!((retried.status, retried.error_message.as_deref()), (Pending, Some("no signal")));
    let waiting = "processing_jobs WHERE job_type = 'notify' AND status = 'pending'";
    assert_eq!(scene.world.count(waiting).await, 1, "with a job of its own, and all its tries");

    let reason = Some("a known star");
    let cancelled = change!(scene.world, 4, |alerts| alerts.cancel(id, reason, after(4))).unwrap();
    assert_eq!(cancelled.status, Cancelled);
    assert_eq!(scene.world.count(waiting).await, 0);
    let [row] = &scene.world.audit("job.cancel").await[..] else { panic!("one row") };
    assert_eq!(row.new_values.as_ref().unwrap()["status"], json!("cancelled"));
    let [row] = &scene.world.audit("alert.cancel").await[..] else { panic!("one row") };
    assert_eq!(row.change_summary.as_deref(), reason);
    let work = scene.world.work(after(5));
    let delivery = work.table::<alert::Entity>().await.unwrap().delivery(id).await;
    assert!(matches!(delivery, Err(Error::InvalidTransition(_))), "{delivery:?}");
    work.undo().await;
    // A worker that was at it changes nothing by its answer.
    let late = change!(scene.world, 6, |alerts| alerts.accepted(id, None, after(6))).unwrap();
    assert_eq!((late.status, late.updated_at), (Cancelled, after(4)));
    let late =
        change!(scene.world, 6, |alerts| alerts.refused(id, "late", true, after(6))).unwrap();
    assert_eq!((late.status, late.delivery_attempts), (Cancelled, 1));
}

/// Ends the jobs that wait, as a worker would.
async fn end_jobs(world: &World) {
    let waiting = world.rows::<processing_job::Entity>().await;
    let work = world.work(after(2));
    let jobs = work.table::<processing_job::Entity>().await.unwrap();
    for job in waiting.iter().filter(|job| job.status == ProcessingJobStatus::Pending) {
        let ended = processing_job::ActiveModel {
            id: Unchanged(job.id),
            status: Set(ProcessingJobStatus::Failed),
            completed_at: Set(Some(after(2))),
            ..Default::default()
        };
        jobs.update(ended).await.unwrap();
    }
    work.commit().await.unwrap();
}

/// What people may do with an alert in each state.
async fn alerts_go_their_ways(engine: Engine) {
    let scene = Scene::new(engine).await;
    for channel in [AlertChannel::Dashboard, AlertChannel::Email] {
        for &from in ALERT_STATES.states() {
            for to in [Delivered, Pending, Cancelled] {
                let id = create(&scene, channel).await.id;
                let work = scene.world.work(after(2));
                let alerts = work.table::<alert::Entity>().await.unwrap();
                let sent_at = matches!(from, Sent | Delivered).then(|| after(2));
                let put = alert::ActiveModel {
                    id: Unchanged(id),
                    status: Set(from),
                    sent_at: Set(sent_at),
                    ..Default::default()
                };
                alerts.update(put).await.unwrap();
                work.commit().await.unwrap();
                let outcome = match to {
                    Delivered => change!(scene.world, 3, |alerts| alerts.acknowledge(id, after(3))),
                    Pending => change!(scene.world, 3, |alerts| alerts.retry(id, after(3))),
                    _ => change!(scene.world, 3, |alerts| alerts.cancel(id, None, after(3))),
                };
                let is_seen_at_once =
                    (from, to) != (Pending, Delivered) || channel == AlertChannel::Dashboard;
                if ALERT_STATES.allows(&from, &to) && is_seen_at_once {
                    let alert = outcome.unwrap();
                    assert_eq!(alert.status, to, "{channel} from {from}");
                    if to == Delivered {
                        assert_eq!(alert.sent_at, Some(sent_at.unwrap_or(after(3))));
                    }
                } else {
                    let refused = matches!(outcome, Err(Error::InvalidTransition(_)));
                    assert!(refused, "{channel} from {from} to {to}: {outcome:?}");
                    let writer = scene.world.writer().await;
                    let alerts = Repository::<_, alert::Entity>::new(&writer);
                    assert_eq!(alerts.get(id).await.unwrap().status, from);
                }
            }
        }
    }
    // What the dashboard took waits there.
    let id = create(&scene, AlertChannel::Dashboard).await.id;
    let shown = change!(scene.world, 4, |alerts| alerts.accepted(id, None, after(4))).unwrap();
    assert_eq!((shown.status, shown.delivery_attempts, shown.sent_at), (Pending, 1, None));
    let seen = change!(scene.world, 5, |alerts| alerts.acknowledge(id, after(5))).unwrap();
    assert_eq!((seen.status, seen.sent_at), (Delivered, Some(after(5))));
}

async fn an_alert_is_on_its_way_once(engine: Engine) {
    let scene = Scene::new(engine).await;
    let first = create(&scene, AlertChannel::Email).await;
    let again = || new(first.detection_id, AlertChannel::Email);
    let second = change!(scene.world, 2, |alerts| alerts.create(again(), after(2)));
    let Err(Error::AlreadyExists { id, .. }) = second else { panic!("{second:?}") };
    assert_eq!(id, Some(first.id));
    let other = new(first.detection_id, AlertChannel::Sms);
    change!(scene.world, 2, |alerts| alerts.create(other.clone(), after(2))).unwrap();

    // When it has failed another one takes its place, and it cannot be tried again meanwhile.
    let id = first.id;
    change!(scene.world, 3, |alerts| alerts.refused(id, "no", false, after(3))).unwrap();
    let second = change!(scene.world, 4, |alerts| alerts.create(again(), after(4))).unwrap();
    let retried = change!(scene.world, 5, |alerts| alerts.retry(id, after(5)));
    let Err(Error::AlreadyExists { id: other, .. }) = retried else { panic!("{retried:?}") };
    assert_eq!(other, Some(second.id));
}

async fn alerts_by_hand_are_checked(engine: Engine) {
    let scene = Scene::new(engine).await;
    let id = scene.detection(100).await.id;
    let good = new(id, AlertChannel::Email);
    for (new, field, rule) in [
        (NewAlert { title: "  ".to_owned(), ..good.clone() }, "title", "required"),
        (NewAlert { message: String::new(), ..good.clone() }, "message", "required"),
        (NewAlert { title: "é".repeat(201), ..good.clone() }, "title", "too_long"),
        (NewAlert { metadata: Some(json!([])), ..good.clone() }, "metadata", "format"),
    ] {
        let refused = change!(scene.world, 1, |alerts| alerts.create(new.clone(), after(1)));
        let Err(Error::Invalid { argument, rule: broken, .. }) = refused else { panic!("{new:?}") };
        assert_eq!((argument.as_str(), broken), (field, Some(rule)));
    }
    let missing = new(Uuid::nil(), AlertChannel::Email);
    let missing = change!(scene.world, 1, |alerts| alerts.create(missing.clone(), after(1)));
    assert!(matches!(missing, Err(Error::NotFound { .. })), "{missing:?}");
    let longest = NewAlert { title: "é".repeat(200), priority: Low, ..good };
    let made = change!(scene.world, 1, |alerts| alerts.create(longest.clone(), after(1))).unwrap();
    assert_eq!((made.priority, made.delivery_attempts), (Low, 0));
    let work = scene.world.work(after(2));
    let jobs = work.table::<processing_job::Entity>().await.unwrap();
    let job = jobs.enqueue(&NewJob::new(JobType::Notify, made.id), after(2)).await.unwrap();
    assert!(!job.created, "making it enqueued its delivery");
}
