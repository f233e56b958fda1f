//! Alerts that go through the queue: from the evaluation of a run to the program that hears of it.

use almanac_entity::astrid::{AlertStatus, ProcessingJobStatus, alert, processing_job};
use almanac_service::astrid::{AlertChannel, JobFailure, JobType, NewJob, Pipeline};
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
    ast_p4_06_a_job_is_retried_until_its_channel_accepts,
    ast_p4_06_a_job_fails_when_its_channel_always_refuses,
    ast_p4_06_a_requeued_job_tries_its_alert_again,
}

/// The alert that the evaluation of a run makes, by a job of its own.
async fn evaluated(scene: &Scene) -> alert::Model {
    scene.set("alerts.rules", json!({ "channels": ["webhook"] })).await;
    scene.detection(9_000).await;
    let work = scene.world.work(after(1));
    let jobs = work.table::<processing_job::Entity>().await.unwrap();
    jobs.enqueue(&NewJob::new(JobType::Validate, scene.run.id), after(1)).await.unwrap();
    let job = jobs.claim_jobs("w", &[JobType::Validate], 1, after(1)).await.unwrap().remove(0);
    let token = job.claim_token.unwrap();
    let input = jobs.begin(&Pipeline, job.id, token, after(1)).await.unwrap();
    assert_eq!(input, json!({ "model_run_id": scene.run.id }));
    jobs.complete(&Pipeline, job.id, token, json!(null), after(1)).await.unwrap();
    work.commit().await.unwrap();
    let [alert] = &scene.world.rows::<alert::Entity>().await[..] else { panic!("one alert") };
    alert.clone()
}

/// One try of the next job of the kind `notify` that may be claimed at a second; whether there was one.
async fn work_on(scene: &Scene, channels: &Channels, second: i64) -> bool {
    let now = after(second);
    let work = scene.world.work(now);
    let jobs = work.table::<processing_job::Entity>().await.unwrap();
    let Some(job) = jobs.claim_jobs("w", &[JobType::Notify], 1, now).await.unwrap().pop() else {
        return false;
    };
    let token = job.claim_token.unwrap();
    let input = jobs.begin(&Pipeline, job.id, token, now).await.unwrap();
    work.commit().await.unwrap();
    let outcome = channels.run(&input).await;
    let work = scene.world.work(now);
    let jobs = work.table::<processing_job::Entity>().await.unwrap();
    match outcome {
        Ok(output) => jobs.complete(&Pipeline, job.id, token, output, now).await.unwrap(),
        Err(error) => {
            let failure = JobFailure::of_stage(error.message, error.is_retryable);
            jobs.fail(&Pipeline, job.id, token, &failure, now).await.unwrap()
        }
    };
    work.commit().await.unwrap();
    true
}

async fn state(scene: &Scene, id: Uuid) -> (alert::Model, processing_job::Model) {
    let alerts = scene.world.rows::<alert::Entity>().await;
    let jobs = scene.world.rows::<processing_job::Entity>().await;
    let alert = alerts.into_iter().find(|alert| alert.id == id).unwrap();
    let job = jobs.into_iter().rfind(|job| job.entity_id == id).unwrap();
    (alert, job)
}

fn channels(program: &Program) -> Channels {
    let target = program.url.parse().unwrap();
    Channels::new([(AlertChannel::Webhook, target)], &client().unwrap())
}

async fn ast_p4_06_a_job_is_retried_until_its_channel_accepts(engine: Engine) {
    let scene = Scene::new(engine).await;
    let id = evaluated(&scene).await.id;
    let program = Program::answering(&[(503, ""), (503, ""), (200, "")]).await;
    let channels = channels(&program);
    // Exactly when the backoff is over: 30 seconds, then 60.
    for (second, is_claimed) in [(1, true), (30, false), (31, true), (90, false), (91, true)] {
        assert_eq!(work_on(&scene, &channels, second).await, is_claimed, "at second {second}");
    }
    let (alert, job) = state(&scene, id).await;
    assert_eq!((alert.status, alert.delivery_attempts), (AlertStatus::Sent, 3));
    assert_eq!((alert.sent_at, job.completed_at), (Some(after(91)), Some(after(91))));
    assert_eq!(job.status, ProcessingJobStatus::Completed);
    assert_eq!(program.received().len(), 3);
}

async fn ast_p4_06_a_job_fails_when_its_channel_always_refuses(engine: Engine) {
    let scene = Scene::new(engine).await;
    let id = evaluated(&scene).await.id;
    let program = Program::answering(&[(503, "no")]).await;
    let channels = channels(&program);
    for second in [1, 31, 91] {
        assert!(work_on(&scene, &channels, second).await, "at second {second}");
    }
    assert!(!work_on(&scene, &channels, 100_000).await, "three tries are all");
    let (alert, job) = state(&scene, id).await;
    assert_eq!((alert.status, alert.delivery_attempts), (AlertStatus::Failed, 3));
    assert_eq!(job.status, ProcessingJobStatus::Failed);
    assert_eq!(alert.error_message, job.error_message);

    let work = scene.world.work(after(200));
    let alerts = work.table::<alert::Entity>().await.unwrap();
    alerts.retry(id, after(200)).await.unwrap();
    work.commit().await.unwrap();
    assert!(work_on(&scene, &channels, 200).await);
    let work = scene.world.work(after(201));
    let alerts = work.table::<alert::Entity>().await.unwrap();
    alerts.cancel(id, None, after(201)).await.unwrap();
    work.commit().await.unwrap();
    assert!(!work_on(&scene, &channels, 100_000).await, "cancelling stops it");
    assert_eq!(program.received().len(), 4);
    assert_eq!(state(&scene, id).await.0.status, AlertStatus::Cancelled);
}

async fn ast_p4_06_a_requeued_job_tries_its_alert_again(engine: Engine) {
    let scene = Scene::new(engine).await;
    let id = evaluated(&scene).await.id;
    let program = Program::answering(&[(404, "gone"), (200, "")]).await;
    let channels = channels(&program);
    assert!(work_on(&scene, &channels, 1).await);
    let (alert, job) = state(&scene, id).await;
    assert_eq!((alert.status, job.status), (AlertStatus::Failed, ProcessingJobStatus::Failed));
    let work = scene.world.work(after(2));
    let jobs = work.table::<processing_job::Entity>().await.unwrap();
    jobs.requeue(job.id, after(2)).await.unwrap();
    work.commit().await.unwrap();
    assert!(work_on(&scene, &channels, 2).await);
    let (alert, job) = state(&scene, id).await;
    assert_eq!((alert.status, job.status), (AlertStatus::Sent, ProcessingJobStatus::Completed));
    assert_eq!(scene.world.count("processing_jobs WHERE job_type = 'notify'").await, 1);
}
