//! How jobs end: well, badly, called off, or given back.

use almanac_entity::astrid::{
    ObservationStatus, PreprocessRunStatus, ProcessingJobStatus, observation, preprocess_run,
    system_config,
};
use almanac_service::{
    Error,
    astrid::{Detached, JobFailure, JobPolicy, JobType, NewJob, Pipeline},
};
use chrono::TimeDelta;
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    prelude::Uuid,
};
use serde_json::{Value, json};

use crate::{
    jobs::{Jobs, claim, claim_one, enqueue, is_lost, job, new_jobs, with_jobs},
    support::{Engine, engines},
    world::{World, after, now},
};

use ProcessingJobStatus::{Cancelled, Failed, Pending};

engines! {
    ast_p2_09_a_job_runs_as_often_as_its_policy_has_it,
    ast_p2_12_a_cancelled_worker_loses_its_lease,
    a_job_called_off_between_two_tries_takes_its_run_along,
    the_last_ten_failures_are_kept,
    settings_rule_the_queue,
    a_released_job_keeps_its_retries,
}

async fn ast_p2_09_a_job_runs_as_often_as_its_policy_has_it(engine: Engine) {
    let delays: [(JobType, &[i64]); 6] = [
        (JobType::Ingest, &[30, 60, 120]),
        (JobType::Preprocess, &[30, 60, 120]),
        (JobType::Difference, &[30, 60, 120]),
        (JobType::Inference, &[30, 90]),
        (JobType::Validate, &[60, 120, 180, 240, 300]),
        (JobType::Notify, &[30, 60]),
    ];
    for (job_type, delays) in delays {
        let world = World::new(engine).await;
        enqueue(&world, &new_jobs(job_type, 1)).await;
        let mut at = now();
        for run in 0..=delays.len() {
            assert!(claim(&world, job_type, 1, at - TimeDelta::microseconds(1)).await.is_empty());
            let (id, token) = claim_one(&world, job_type, at).await;
            let failure = JobFailure::of_stage(format!("no {run}"), true);
            let failed = at + TimeDelta::seconds(7);
            with_jobs!(world, failed, |jobs| jobs.fail(&Detached, id, token, &failure, failed))
                .unwrap();
            let Some(delay) = delays.get(run) else { break };
            at = failed + TimeDelta::seconds(*delay);
            let waiting = job(&world).await;
            assert_eq!((waiting.status, waiting.scheduled_at), (Pending, at), "{job_type} {run}");
            assert_eq!(waiting.retry_count, i32::try_from(run + 1).unwrap());
        }
        let dead = job(&world).await;
        assert_eq!((dead.status, dead.completed_at), (Failed, Some(at + TimeDelta::seconds(7))));
        let failures = dead.error_details.unwrap()["failures"].clone();
        let expected: Vec<Value> = (0..=delays.len())
            .map(
                |run| json!({ "attempt": run + 1, "kind": "stage", "detail": format!("no {run}") }),
            )
            .collect();
        assert_eq!(failures, json!(expected));
        assert_eq!(world.audit("job.claim").await.len(), delays.len() + 1);
    }

    let world = World::new(engine).await;
    enqueue(&world, &new_jobs(JobType::Notify, 1)).await;
    let (id, token) = claim_one(&world, JobType::Notify, now()).await;
    let failure = JobFailure::of_stage("bad\0 address", false);
    with_jobs!(world, after(1), |jobs| jobs.fail(&Detached, id, token, &failure, after(1)))
        .unwrap();
    let dead = job(&world).await;
    assert_eq!((dead.status, dead.retry_count), (Failed, 0));
    assert_eq!(dead.error_message.as_deref(), Some("bad\u{fffd} address"));
    assert_eq!(dead.error_details.unwrap()["failures"].as_array().unwrap().len(), 1);
}

async fn ast_p2_12_a_cancelled_worker_loses_its_lease(engine: Engine) {
    let world = World::new(engine).await;
    enqueue(&world, &new_jobs(JobType::Inference, 1)).await;
    let (id, token) = claim_one(&world, JobType::Inference, now()).await;
    with_jobs!(world, after(1), |jobs| jobs.cancel(&Detached, id, after(1))).unwrap();
    let cancelled = job(&world).await;
    assert_eq!((cancelled.status, cancelled.completed_at), (Cancelled, Some(after(1))));
    let output = json!({});
    let late =
        with_jobs!(world, after(2), |jobs| jobs.complete(&Detached, id, token, output, after(2)));
    assert!(is_lost(&late), "{late:?}");
    assert!(is_lost(&with_jobs!(world, after(2), |jobs| jobs.heartbeat(id, token, after(2)))));
    let again = with_jobs!(world, after(2), |jobs| jobs.cancel(&Detached, id, after(2)));
    assert!(matches!(again, Err(Error::InvalidTransition(_))), "{again:?}");
    let requeued = with_jobs!(world, after(2), |jobs| jobs.requeue(id, after(2)));
    assert!(matches!(requeued, Err(Error::InvalidTransition(_))), "{requeued:?}");

    // Cancelled before anybody had it, nobody gets it.
    let new = NewJob::new(JobType::Notify, Uuid::from_u128(7));
    let waiting = with_jobs!(world, now(), |jobs| jobs.enqueue(&new, now())).unwrap().job;
    with_jobs!(world, after(1), |jobs| jobs.cancel(&Detached, waiting.id, after(1))).unwrap();
    assert!(claim(&world, JobType::Notify, 1, after(2)).await.is_empty());

    // One that failed runs again, with all of its retries.
    let failed = with_jobs!(world, after(2), |jobs| jobs.enqueue(&new, after(2))).unwrap();
    assert!(failed.created);
    let [claimed] = &claim(&world, JobType::Notify, 1, after(2)).await[..] else { panic!("it") };
    let (id, token) = (claimed.id, claimed.claim_token.unwrap());
    let busy = with_jobs!(world, after(3), |jobs| jobs.requeue(id, after(3)));
    assert!(matches!(busy, Err(Error::InvalidTransition(_))), "{busy:?}");
    let failure = JobFailure::of_stage("refused", false);
    with_jobs!(world, after(3), |jobs| jobs.fail(&Detached, id, token, &failure, after(3)))
        .unwrap();
    let requeued = with_jobs!(world, after(4), |jobs| jobs.requeue(id, after(4))).unwrap();
    assert_eq!((requeued.status, requeued.retry_count), (Pending, 0));
    assert_eq!((requeued.completed_at, requeued.scheduled_at), (None, after(4)));
    assert_eq!(claim(&world, JobType::Notify, 1, after(4)).await[0].id, id);

    // Not while there is another of its kind for the row.
    let token = world.rows::<almanac_entity::astrid::processing_job::Entity>().await;
    let token = token.iter().find(|job| job.id == id).unwrap().claim_token.unwrap();
    with_jobs!(world, after(5), |jobs| jobs.fail(&Detached, id, token, &failure, after(5)))
        .unwrap();
    let other = with_jobs!(world, after(5), |jobs| jobs.enqueue(&new, after(5))).unwrap().job;
    let twice = with_jobs!(world, after(6), |jobs| jobs.requeue(id, after(6)));
    assert!(matches!(twice, Err(Error::AlreadyExists { id: Some(id), .. }) if id == other.id));
    let nobody = with_jobs!(world, after(6), |jobs| jobs.requeue(Uuid::max(), after(6)));
    assert!(matches!(nobody, Err(Error::NotFound { .. })), "{nobody:?}");
}

async fn a_released_job_keeps_its_retries(engine: Engine) {
    let world = World::new(engine).await;
    enqueue(&world, &new_jobs(JobType::Validate, 1)).await;
    let (id, token) = claim_one(&world, JobType::Validate, now()).await;
    with_jobs!(world, after(5), |jobs| jobs.release(id, token, after(5))).unwrap();
    let released = job(&world).await;
    assert_eq!((released.status, released.retry_count), (Pending, 0));
    assert_eq!((released.claim_token, released.error_details), (None, None));
    assert_eq!(claim_one(&world, JobType::Validate, after(5)).await.0, id);
}

async fn a_job_called_off_between_two_tries_takes_its_run_along(engine: Engine) {
    let world = World::new(engine).await;
    let survey = world.survey("Called off").await;
    world.observation(survey.id, "a").await;
    let (id, token) = claim_one(&world, JobType::Preprocess, now()).await;
    with_jobs!(world, after(1), |jobs| jobs.begin(&Pipeline, id, token, after(1))).unwrap();
    let clouds = JobFailure::of_stage("clouds", true);
    with_jobs!(world, after(2), |jobs| jobs.fail(&Pipeline, id, token, &clouds, after(2))).unwrap();
    let run = async || world.rows::<preprocess_run::Entity>().await.pop().unwrap();
    let observed = async || world.rows::<observation::Entity>().await.pop().unwrap().status;
    assert_eq!((run().await.status, run().await.retry_count), (PreprocessRunStatus::Pending, 1));
    assert_eq!(observed().await, ObservationStatus::Preprocessing);

    with_jobs!(world, after(3), |jobs| jobs.cancel(&Pipeline, id, after(3))).unwrap();
    let (ended, at) = (run().await.status, run().await.completed_at);
    assert_eq!((ended, at), (PreprocessRunStatus::Failed, Some(after(3))));
    assert_eq!(observed().await, ObservationStatus::Failed);
}

async fn the_last_ten_failures_are_kept(engine: Engine) {
    let world = World::new(engine).await;
    let new = NewJob { max_retries: Some(10), ..NewJob::new(JobType::Notify, Uuid::nil()) };
    enqueue(&world, &[new]).await;
    let mut at = now();
    for run in 1..=11 {
        at += TimeDelta::hours(1);
        let (id, token) = claim_one(&world, JobType::Notify, at).await;
        let failure = JobFailure::timeout(run);
        with_jobs!(world, at, |jobs| jobs.fail(&Detached, id, token, &failure, at)).unwrap();
    }
    let dead = job(&world).await;
    let failures = dead.error_details.unwrap()["failures"].as_array().unwrap().clone();
    assert_eq!((dead.status, failures.len()), (Failed, 10));
    let expected = |attempt: i32| json!({ "attempt": attempt, "kind": "timeout", "detail": format!("it took longer than {attempt} s") });
    assert_eq!((failures[0].clone(), failures[9].clone()), (expected(2), expected(11)));
}

async fn settings_rule_the_queue(engine: Engine) {
    let world = World::new(engine).await;
    let setting = world.rows::<system_config::Entity>().await;
    let setting = setting.into_iter().find(|row| row.key == "jobs.policy").unwrap();
    let mut value = setting.value.clone();
    value["lease_s"] = json!(5);
    value["notify"]["max_retries"] = json!(1);
    value["notify"]["backoff"] = json!({ "kind": "linear", "base_s": 4, "max_s": 100 });
    value["ingest"]["timeout_s"] = json!(-3);
    let work = world.work(now());
    let settings = work.table::<system_config::Entity>().await.unwrap();
    let row = system_config::ActiveModel {
        id: Unchanged(setting.id),
        value: Set(value),
        ..Default::default()
    };
    settings.update(row).await.unwrap();
    let jobs: Jobs<'_> = work.table().await.unwrap();
    let policy = jobs.policy(JobType::Ingest).await.unwrap();
    let usual = JobPolicy::of(JobType::Ingest);
    assert_eq!((policy.lease, policy.timeout), (TimeDelta::seconds(5), usual.timeout));
    work.commit().await.unwrap();

    enqueue(&world, &new_jobs(JobType::Notify, 1)).await;
    let (id, token) = claim_one(&world, JobType::Notify, now()).await;
    assert_eq!(job(&world).await.lease_expires_at, Some(after(5)));
    let failure = JobFailure::of_stage("no", true);
    with_jobs!(world, now(), |jobs| jobs.fail(&Detached, id, token, &failure, now())).unwrap();
    assert_eq!((job(&world).await.scheduled_at, job(&world).await.max_retries), (after(4), 1));
}
