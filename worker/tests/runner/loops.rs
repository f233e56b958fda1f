//! The loop of a worker: what it claims, when, and what it tells of the end.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use almanac_entity::astrid::ProcessingJobStatus::{Cancelled, Completed, Failed, Pending};
use almanac_service::{
    access::{Principal, Role},
    astrid::{Detached, JobType},
};
use almanac_worker::{StageFailure, Tally, reap};
use serde_json::json;
use tokio::sync::{Barrier, Notify, mpsc, oneshot};

use crate::{
    support::{Engine, engines},
    world::{Jobs, Keeps, World, key, never, seconds, stage},
};

engines! {
    what_comes_of_jobs_is_stored,
    failures_are_tried_again_in_their_time,
    a_pool_is_as_large_as_its_policy,
    work_that_takes_too_long_is_tried_again,
    a_cancelled_job_is_dropped_unwritten,
    a_worker_told_to_stop_gives_its_jobs_back,
    a_waiting_worker_hears_of_jobs,
    jobs_of_dead_workers_are_done_by_others,
    what_follows_is_drained_too,
    what_cannot_be_stored_fails,
    a_row_that_cannot_follow_holds_nothing_up,
    a_worker_needs_something_to_do,
}

async fn what_comes_of_jobs_is_stored(engine: Engine) {
    let world = World::new(engine).await;
    world.enqueue(JobType::Preprocess, 40).await;
    let keeps = Arc::new(Keeps::default());
    let twice = stage(async |input| Ok(json!(key(&input) * 2)));
    let runner = world.runner().with_stage(JobType::Preprocess, twice);
    let tally = runner.with_effects(keeps.clone()).drain(never()).await.unwrap();
    assert_eq!(tally, Tally { completed: 40, ..Tally::default() });
    let found = keeps.found.lock().unwrap().clone();
    assert_eq!(found.len(), 40);
    assert!(found.iter().all(|(key, found)| *found == json!(key * 2)));
    for job in world.jobs().await.values() {
        assert_eq!((job.status, job.claimed_by.as_deref()), (Completed, Some("tested")));
    }
}

async fn failures_are_tried_again_in_their_time(engine: Engine) {
    let world = World::new(engine).await;
    world.enqueue(JobType::Notify, 4).await;
    let keeps = Arc::new(Keeps::default());
    let tries = Arc::new(AtomicUsize::new(0));
    let runner = || {
        let tries = tries.clone();
        let fails = stage(move |input| {
            tries.fetch_add(1, Ordering::SeqCst);
            async move {
                match key(&input) {
                    0 => Err(StageFailure::retryable("later")),
                    1 => Err(StageFailure::lasting("never")),
                    2 => panic!("a stage that breaks"),
                    _ => Ok(json!({})),
                }
            }
        });
        world.runner().with_stage(JobType::Notify, fails).with_effects(keeps.clone())
    };
    let first = runner().drain(never()).await.unwrap();
    assert_eq!(first, Tally { completed: 1, retried: 2, failed: 1, ..Tally::default() });
    let jobs = world.jobs().await;
    let statuses: Vec<_> = jobs.values().map(|job| job.status).collect();
    assert_eq!(statuses, [Pending, Failed, Pending, Completed]);
    assert_eq!(jobs[&0].scheduled_at, world.now() + seconds(30));
    world.wait(29);
    assert_eq!(runner().drain(never()).await.unwrap(), Tally::default(), "it is not time yet");
    world.wait(1);
    let second = runner().drain(never()).await.unwrap();
    assert_eq!(second, Tally { retried: 2, ..Tally::default() });
    world.wait(60);
    let last = runner().drain(never()).await.unwrap();
    assert_eq!(last, Tally { failed: 2, ..Tally::default() });
    assert_eq!(tries.load(Ordering::SeqCst), 8);
    let of_first: Vec<_> =
        keeps.failed.lock().unwrap().iter().filter(|of| of.0 == 0).cloned().collect();
    let told = |is_retried| (0, "later".to_owned(), is_retried);
    assert_eq!(of_first, [told(true), told(true), told(false)]);
    let broken = world.jobs().await[&2].error_message.clone().unwrap();
    assert!(broken.contains("panicked"), "{broken}");
}

async fn a_pool_is_as_large_as_its_policy(engine: Engine) {
    let world = World::new(engine).await;
    world.set_policy(|policy| policy["difference"]["concurrency"] = json!(3)).await;
    world.enqueue(JobType::Difference, 9).await;
    let (all_three, now, most) =
        (Arc::new(Barrier::new(3)), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (at_once, high) = (now.clone(), most.clone());
    let together = stage(move |_| {
        let (all_three, now, most) = (all_three.clone(), at_once.clone(), high.clone());
        async move {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            // Nobody gets past before there are three.
            all_three.wait().await;
            now.fetch_sub(1, Ordering::SeqCst);
            Ok(json!({}))
        }
    });
    let runner = world.runner().with_stage(JobType::Difference, together);
    assert_eq!(runner.drain(never()).await.unwrap().completed, 9);
    assert_eq!((now.load(Ordering::SeqCst), most.load(Ordering::SeqCst)), (0, 3));
}

async fn work_that_takes_too_long_is_tried_again(engine: Engine) {
    let world = World::new(engine).await;
    world.set_policy(|policy| policy["validate"]["timeout_s"] = json!(1)).await;
    world.enqueue(JobType::Validate, 1).await;
    let for_ever = stage(|_| std::future::pending());
    let runner = world.runner().with_stage(JobType::Validate, for_ever);
    let tally = runner.drain(never()).await.unwrap();
    assert_eq!(tally, Tally { retried: 1, ..Tally::default() });
    let job = world.job().await;
    assert_eq!((job.status, job.scheduled_at), (Pending, world.now() + seconds(60)));
    let failures = job.error_details.unwrap()["failures"].clone();
    let [failure] = &failures.as_array().unwrap()[..] else { panic!("one failure") };
    assert_eq!(failure["kind"], json!("timeout"));
}

/// Tells that it was dropped.
struct Tells(mpsc::UnboundedSender<&'static str>);

impl Drop for Tells {
    fn drop(&mut self) {
        let _ = self.0.send("dropped");
    }
}

/// A stage that tells when it has begun and when it is dropped, and never ends.
fn endless() -> (Arc<dyn almanac_worker::Stage>, mpsc::UnboundedReceiver<&'static str>) {
    let (tell, told) = mpsc::unbounded_channel();
    let stage = stage(move |_| {
        let tells = Tells(tell.clone());
        async move {
            tells.0.send("begun").unwrap();
            std::future::pending::<()>().await;
            drop(tells);
            Ok(json!({}))
        }
    });
    (stage, told)
}

async fn a_cancelled_job_is_dropped_unwritten(engine: Engine) {
    let world = World::new(engine).await;
    world.enqueue(JobType::Inference, 1).await;
    let keeps = Arc::new(Keeps::default());
    let (endless, mut told) = endless();
    let runner = world.runner().with_stage(JobType::Inference, endless);
    let runner = runner.with_effects(keeps.clone());
    let cancels = async {
        assert_eq!(told.recv().await, Some("begun"));
        let id = world.job().await.id;
        let work = world.work();
        let jobs: Jobs<'_> = work.table().await.unwrap();
        jobs.cancel(&Detached, id, world.now()).await.unwrap();
        work.commit().await.unwrap();
        assert_eq!(told.recv().await, Some("dropped"));
    };
    let (tally, ()) = tokio::join!(runner.drain(never()), cancels);
    assert_eq!(tally.unwrap(), Tally { lost: 1, ..Tally::default() });
    assert_eq!(world.job().await.status, Cancelled);
    assert!(keeps.found.lock().unwrap().is_empty() && keeps.failed.lock().unwrap().is_empty());
}

async fn a_worker_told_to_stop_gives_its_jobs_back(engine: Engine) {
    let world = World::new(engine).await;
    world.enqueue(JobType::Inference, 3).await;
    let (endless, mut told) = endless();
    let runner = world.runner().with_stage(JobType::Inference, endless).with_concurrency(2);
    let (stop, stopped) = oneshot::channel::<()>();
    let stops = async {
        assert_eq!((told.recv().await, told.recv().await), (Some("begun"), Some("begun")));
        stop.send(()).unwrap();
    };
    let stopped = async { drop(stopped.await) };
    let (tally, ()) = tokio::join!(runner.run(stopped), stops);
    assert_eq!(tally.unwrap(), Tally { released: 2, ..Tally::default() });
    assert_eq!((told.recv().await, told.recv().await), (Some("dropped"), Some("dropped")));
    for job in world.jobs().await.values() {
        assert_eq!((job.status, job.retry_count, job.claim_token), (Pending, 0, None));
    }
}

/// On PostgreSQL it is told, and does not look again for an hour; on SQLite it looks.
async fn a_waiting_worker_hears_of_jobs(engine: Engine) {
    let world = World::new(engine).await;
    let interval = match engine {
        Engine::Postgres => Duration::from_hours(1),
        Engine::Sqlite => Duration::from_millis(10),
    };
    let (tell, mut told) = mpsc::unbounded_channel();
    let tells = stage(move |input| {
        let tell = tell.clone();
        async move {
            tell.send(key(&input)).unwrap();
            Ok(json!({}))
        }
    });
    let runner = world.runner().with_stage(JobType::Ingest, tells).with_interval(interval);
    let stop = Arc::new(Notify::new());
    let stopped = stop.clone();
    let enqueues = async {
        world.enqueue(JobType::Ingest, 1).await;
        assert_eq!(told.recv().await, Some(0));
        // By now it waits, or is about to.
        world.enqueue(JobType::Ingest, 3).await;
        let mut keys = vec![told.recv().await, told.recv().await];
        if keys.contains(&Some(0)) {
            keys.push(told.recv().await);
        }
        assert!(keys.contains(&Some(1)) && keys.contains(&Some(2)), "{keys:?}");
        stop.notify_one();
    };
    let (tally, ()) = tokio::join!(runner.run(stopped.notified()), enqueues);
    let tally = tally.unwrap();
    assert!(tally.completed + tally.released >= 3, "{tally:?}");
}

async fn jobs_of_dead_workers_are_done_by_others(engine: Engine) {
    let world = World::new(engine).await;
    world.enqueue(JobType::Preprocess, 2).await;
    let work = world.work();
    let jobs: Jobs<'_> = work.table().await.unwrap();
    jobs.claim_jobs("dead", &[JobType::Preprocess], 2, world.now()).await.unwrap();
    work.commit().await.unwrap();
    world.wait(2);
    let done = || stage(async |_| Ok(json!({})));
    let runner = world.runner().with_stage(JobType::Preprocess, done());
    let tally = runner.drain(never()).await.unwrap();
    assert_eq!(tally, Tally { reaped: 2, ..Tally::default() });
    world.wait(30);
    let runner = world.runner().with_stage(JobType::Preprocess, done());
    let tally = runner.drain(never()).await.unwrap();
    assert_eq!(tally, Tally { completed: 2, ..Tally::default() });
    let jobs = world.jobs().await;
    assert!(jobs.values().all(|job| job.status == Completed && job.retry_count == 1));
}

async fn what_follows_is_drained_too(engine: Engine) {
    let world = World::new(engine).await;
    world.enqueue(JobType::Preprocess, 5).await;
    let next = Some((JobType::Preprocess, JobType::Difference));
    let keeps = Arc::new(Keeps { next, ..Keeps::default() });
    let done = || stage(async |_| Ok(json!({})));
    let runner = world.runner().with_effects(keeps).with_stage(JobType::Preprocess, done());
    let tally = runner.with_stage(JobType::Difference, done()).drain(never()).await.unwrap();
    assert_eq!(tally, Tally { completed: 10, ..Tally::default() });
}

async fn what_cannot_be_stored_fails(engine: Engine) {
    let world = World::new(engine).await;
    world.enqueue(JobType::Inference, 1).await;
    let keeps = Arc::new(Keeps { refuses_outputs: true, ..Keeps::default() });
    let runner = world.runner().with_stage(JobType::Inference, stage(async |_| Ok(json!({}))));
    let tally = runner.with_effects(keeps.clone()).drain(never()).await.unwrap();
    assert_eq!(tally, Tally { failed: 1, ..Tally::default() });
    let told = keeps.failed.lock().unwrap().clone();
    assert_eq!(told, [(0, "score: it has to be given".to_owned(), false)]);
}

async fn a_row_that_cannot_follow_holds_nothing_up(engine: Engine) {
    let world = World::new(engine).await;
    world.enqueue(JobType::Inference, 2).await;
    let keeps = Arc::new(Keeps { refuses_failures: true, ..Keeps::default() });
    let fails = stage(async |_| Err(StageFailure::retryable("later")));
    let runner = world.runner().with_stage(JobType::Inference, fails).with_concurrency(1);
    let tally = runner.with_effects(keeps.clone()).drain(never()).await.unwrap();
    assert_eq!(tally, Tally { failed: 2, ..Tally::default() });
    let jobs = world.jobs().await;
    let message = jobs[&0].error_message.as_deref().unwrap();
    assert!(message.starts_with("later; ") && message.contains("there is no run"), "{message}");

    // Nor does it where the worker died.
    world.enqueue(JobType::Notify, 1).await;
    let work = world.work();
    let table: Jobs<'_> = work.table().await.unwrap();
    table.claim_jobs("dead", &[JobType::Notify], 1, world.now()).await.unwrap();
    work.commit().await.unwrap();
    world.wait(2);
    let who = Principal::new("system:scheduler", Role::Operator);
    let reaped = reap(&world.sessions, &who, &*keeps, world.now()).await.unwrap();
    assert_eq!((reaped.len(), reaped[0].status), (1, Pending));
}

async fn a_worker_needs_something_to_do(engine: Engine) {
    let world = World::new(engine).await;
    let refused = world.runner().drain(never()).await.unwrap_err().to_string();
    assert!(refused.contains("no jobs"), "{refused}");
}
