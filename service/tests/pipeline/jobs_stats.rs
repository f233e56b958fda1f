//! What the queue says of itself.

use almanac_entity::astrid::processing_job;
use almanac_service::{
    Error,
    astrid::{Detached, Health, JobFailure, JobType, NewJob, Waiting, WorkerSeen},
};
use chrono::TimeDelta;
use sea_orm::prelude::Uuid;
use serde_json::json;

use crate::{
    jobs::{Jobs, claim, enqueue, new_jobs, with_jobs},
    support::{Engine, engines},
    world::{World, after, now},
};

engines! { statistics_of_each_kind, the_health_of_workers, what_a_worker_waits_for }

async fn statistics_of_each_kind(engine: Engine) {
    let world = World::new(engine).await;
    enqueue(&world, &new_jobs(JobType::Preprocess, 25)).await;
    enqueue(&world, &new_jobs(JobType::Notify, 2)).await;
    // Twenty that take 0.5 s, 1.5 s, … 19.5 s; one retried, one failed, one running, two waiting.
    let jobs = claim(&world, JobType::Preprocess, 23, now()).await;
    for (number, job) in jobs.iter().enumerate() {
        let token = job.claim_token.unwrap();
        let at = now() + TimeDelta::milliseconds(i64::try_from(number).unwrap() * 1000 + 500);
        let failure = JobFailure::of_stage("no", number == 20);
        match number {
            0..20 => drop(
                with_jobs!(world, at, |jobs| jobs.complete(
                    &Detached,
                    job.id,
                    token,
                    json!({}),
                    at
                ))
                .unwrap(),
            ),
            20 | 21 => drop(
                with_jobs!(world, at, |jobs| jobs.fail(&Detached, job.id, token, &failure, at))
                    .unwrap(),
            ),
            _ => {}
        }
    }
    let work = world.work(after(100));
    let table: Jobs<'_> = work.table().await.unwrap();
    let stats = table.stats(TimeDelta::hours(1), after(100)).await.unwrap();
    let kinds: Vec<JobType> = stats.types.iter().map(|of| of.job_type).collect();
    assert_eq!(kinds, JobType::ALL);
    let of = &stats.types[1];
    assert_eq!((of.depth, of.running, of.live), (3, 1, 0));
    assert_eq!((of.completed, of.failed, of.retried), (20, 1, 1));
    assert_eq!(of.oldest_pending_s, Some(100.0));
    assert_eq!((of.mean_s, of.p95_s), (Some(10.0), Some(18.5)));
    assert_eq!((stats.types[5].depth, stats.types[5].mean_s), (2, None));
    assert_eq!(stats.workers, [WorkerSeen { name: "w".to_owned(), last_heartbeat_at: now() }]);

    // Of what ended before the window nothing is said; what waits and runs is there.
    let stats = table.stats(TimeDelta::seconds(1), after(100)).await.unwrap();
    let of = &stats.types[1];
    assert_eq!((of.depth, of.running), (3, 1));
    assert_eq!((of.completed, of.failed, of.retried, of.mean_s), (0, 0, 0, None));
    assert!(stats.workers.is_empty());
    for days in [0, 32] {
        let refused = table.stats(TimeDelta::days(days), now()).await;
        assert!(matches!(refused, Err(Error::Invalid { rule: Some("range"), .. })));
    }
}

async fn the_health_of_workers(engine: Engine) {
    let world = World::new(engine).await;
    let health = async |at| {
        let work = world.work(at);
        let table: Jobs<'_> = work.table().await.unwrap();
        table.worker_health(TimeDelta::hours(1), at).await.unwrap()
    };
    let idle = health(now()).await;
    assert_eq!((idle.health, idle.live_share, idle.failure_rate), (Health::Healthy, 1.0, 0.0));
    assert!(idle.backlog.is_empty());

    enqueue(&world, &new_jobs(JobType::Notify, 101)).await;
    assert_eq!(health(now()).await.backlog, [JobType::Notify], "more than 100 wait");
    let jobs = claim(&world, JobType::Notify, 20, now()).await;
    assert!(health(now()).await.backlog.is_empty());
    for (number, job) in jobs.iter().enumerate() {
        let token = job.claim_token.unwrap();
        let failure = JobFailure::of_stage("no", false);
        let (id, at) = (job.id, after(1));
        if number == 0 {
            with_jobs!(world, at, |jobs| jobs.fail(&Detached, id, token, &failure, at)).unwrap();
        } else {
            with_jobs!(world, at, |jobs| jobs.complete(&Detached, id, token, json!({}), at))
                .unwrap();
        }
    }
    let one_of_twenty = health(after(2)).await;
    assert_eq!((one_of_twenty.health, one_of_twenty.failure_rate), (Health::Healthy, 0.05));
    let [job] = &claim(&world, JobType::Notify, 1, after(2)).await[..] else { panic!("one") };
    let (id, token) = (job.id, job.claim_token.unwrap());
    let failure = JobFailure::of_stage("no", false);
    with_jobs!(world, after(3), |jobs| jobs.fail(&Detached, id, token, &failure, after(3)))
        .unwrap();
    assert_eq!(health(after(3)).await.health, Health::Degraded, "two of 21");
    claim(&world, JobType::Notify, 10, after(4)).await;
    assert_eq!(health(after(64)).await.health, Health::Degraded, "all of ten live");
    let dead = health(after(65)).await;
    assert_eq!((dead.health, dead.live_share), (Health::Unhealthy, 0.0));
}

async fn what_a_worker_waits_for(engine: Engine) {
    let world = World::new(engine).await;
    let waiting = async |types: &[JobType]| {
        let reader = world.sessions.reader_of::<processing_job::Entity>().await.unwrap();
        almanac_service::Repository::<_, processing_job::Entity>::new(&reader)
            .waiting(types)
            .await
            .unwrap()
    };
    assert_eq!(waiting(&JobType::ALL).await, Waiting::default());
    let new = |number, seconds| NewJob {
        scheduled_at: Some(after(seconds)),
        ..NewJob::new(JobType::Ingest, Uuid::from_u128(number))
    };
    enqueue(&world, &[new(1, 9), new(2, 5), NewJob::new(JobType::Notify, Uuid::nil())]).await;
    claim(&world, JobType::Notify, 1, now()).await;
    let expected =
        Waiting { pending: 2, next_at: Some(after(5)), changed_at: Some(now()), running: 0 };
    assert_eq!(waiting(&[JobType::Ingest]).await, expected);
    assert_eq!(waiting(&JobType::ALL).await, Waiting { running: 1, ..expected });
}
