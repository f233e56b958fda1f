//! From an alert in the database to the program that hears of it, and back.

use almanac_entity::astrid::{AlertPriority, AlertStatus, alert};
use almanac_service::astrid::{AlertChannel, JobPolicy, JobType, NewAlert};
use almanac_worker::{Stage, channels::Channels, client};
use sea_orm::prelude::Uuid;
use serde_json::json;

use crate::{
    curation::Scene,
    program::Program,
    support::{Engine, engines},
    world::after,
};

engines! {
    ast_p4_06_a_channel_that_refuses_twice_then_accepts,
    ast_p4_06_a_channel_that_always_refuses,
}

async fn alert(scene: &Scene, channel: AlertChannel) -> alert::Model {
    let new = NewAlert {
        detection_id: scene.detection(9_000).await.id,
        channel,
        priority: AlertPriority::High,
        title: "Look".to_owned(),
        message: "It is bright.".to_owned(),
        metadata: Some(json!({ "recipients": ["astronomer@example.org"] })),
    };
    let work = scene.world.work(after(1));
    let alert = work.table::<alert::Entity>().await.unwrap().create(new, after(1)).await.unwrap();
    work.commit().await.unwrap();
    alert
}

/// Delivers an alert as the jobs' policy has it: as often as a job is tried.
async fn deliver(scene: &Scene, channels: &Channels, id: Uuid, from: i64) -> alert::Model {
    let most = JobPolicy::of(JobType::Notify).max_retries;
    let mut second = from;
    for retry in 0..=most {
        second += 1;
        let work = scene.world.work(after(second));
        let delivery = work.table::<alert::Entity>().await.unwrap().delivery(id).await.unwrap();
        work.commit().await.unwrap();
        let outcome = channels.run(&delivery.to_json()).await;
        let work = scene.world.work(after(second));
        let alerts = work.table::<alert::Entity>().await.unwrap();
        let is_last = outcome.is_ok();
        let alert = match outcome {
            Ok(output) => {
                alerts.accepted(id, Some(output["response"].clone()), after(second)).await
            }
            Err(failure) => {
                let is_retried = failure.is_retryable && retry < most;
                alerts.refused(id, &failure.message, is_retried, after(second)).await
            }
        };
        let alert = alert.unwrap();
        work.commit().await.unwrap();
        if is_last || alert.status != AlertStatus::Pending {
            return alert;
        }
    }
    panic!("the last try ends it")
}

async fn ast_p4_06_a_channel_that_refuses_twice_then_accepts(engine: Engine) {
    let scene = Scene::new(engine).await;
    let alert = alert(&scene, AlertChannel::Webhook).await;
    let program = Program::answering(&[(503, "busy"), (429, "wait"), (200, "thanks")]).await;
    let target = program.url.parse().unwrap();
    let channels = Channels::new([(AlertChannel::Webhook, target)], &client().unwrap());
    let sent = deliver(&scene, &channels, alert.id, 10).await;
    assert_eq!((sent.status, sent.delivery_attempts), (AlertStatus::Sent, 3));
    assert_eq!(sent.sent_at, Some(after(13)));
    assert_eq!(sent.error_message.as_deref(), Some("webhook answered 429 Too Many Requests: wait"));
    let metadata = sent.alert_metadata.unwrap();
    assert_eq!(metadata["channel_response"], json!({ "status": 200, "body": "thanks" }));
    assert_eq!(metadata["recipients"], json!(["astronomer@example.org"]));
    let received = program.received();
    assert_eq!(received.len(), 3);
    assert_eq!(received[2].body["alert"]["status"], json!("pending"));
    assert_eq!(received[2].body["alert"]["delivery_attempts"], json!(2));
    assert_eq!(received[0].headers["idempotency-key"], received[2].headers["idempotency-key"]);
    assert_eq!(received[2].body["detection"]["confidence_score"], json!("0.9000"));
}

async fn ast_p4_06_a_channel_that_always_refuses(engine: Engine) {
    let scene = Scene::new(engine).await;
    let alert = alert(&scene, AlertChannel::Slack).await;
    let program =
        Program::answering(&[(500, "one"), (500, "two"), (500, "three"), (200, "")]).await;
    let target = program.url.parse().unwrap();
    let channels = Channels::new([(AlertChannel::Slack, target)], &client().unwrap());
    let failed = deliver(&scene, &channels, alert.id, 10).await;
    assert_eq!((failed.status, failed.delivery_attempts), (AlertStatus::Failed, 3));
    let error = "slack answered 500 Internal Server Error: three";
    assert_eq!((failed.error_message.as_deref(), failed.sent_at), (Some(error), None));
    assert_eq!(program.received().len(), 3);

    let work = scene.world.work(after(20));
    work.table::<alert::Entity>().await.unwrap().retry(alert.id, after(20)).await.unwrap();
    work.commit().await.unwrap();
    let sent = deliver(&scene, &channels, alert.id, 30).await;
    assert_eq!((sent.status, sent.delivery_attempts), (AlertStatus::Sent, 4));
}
