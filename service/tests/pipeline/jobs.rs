//! The queue of processing jobs, by itself: what jobs do to the rows they work on is left out.

use std::collections::BTreeSet;

use almanac_entity::astrid::{ProcessingJobStatus, audit_record, observation, processing_job};
use almanac_service::{
    Error, Repository, Transaction,
    astrid::{Detached, JobFailure, JobType, NewJob},
};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    prelude::Uuid,
};
use serde_json::{Value, json};

use crate::{
    support::{Engine, engines},
    world::{World, after, now, work_with},
};

use ProcessingJobStatus::{Completed, Pending, Running};

pub(crate) type Jobs<'w> = Repository<'w, Transaction, processing_job::Entity>;

engines! {
    ast_p2_07_jobs_are_claimed_in_order,
    ast_p2_08_a_heartbeat_needs_the_right_token,
    ast_p2_08_a_reaped_worker_stores_nothing,
    ast_p2_10_callers_at_once_enqueue_one_job,
    ast_p2_11_reapers_at_once_retry_a_job_once,
    a_claim_takes_few_statements,
    a_claim_asks_for_sense,
    the_audit_log_follows_a_job,
}

/// Does something with the queue, in a transaction of its own.
macro_rules! with_jobs {
    ($world:expr, $now:expr, |$jobs:ident| $body:expr) => {{
        let work: almanac_service::Work = $world.work($now);
        let $jobs: crate::jobs::Jobs<'_> = work.table().await.unwrap();
        let outcome = $body.await;
        if outcome.is_ok() {
            work.commit().await.unwrap();
        } else {
            work.undo().await;
        }
        outcome
    }};
}
pub(crate) use with_jobs;

/// Puts jobs on rows that need not be there into the queue.
pub(crate) async fn enqueue(world: &World, new: &[NewJob]) {
    with_jobs!(world, now(), |jobs| jobs.enqueue_many(new, now())).unwrap();
}

pub(crate) fn new_jobs(job_type: JobType, count: u128) -> Vec<NewJob> {
    (1..=count).map(|number| NewJob::new(job_type, Uuid::from_u128(number))).collect()
}

pub(crate) async fn claim(
    world: &World,
    job_type: JobType,
    most: u64,
    at: DateTime<Utc>,
) -> Vec<processing_job::Model> {
    with_jobs!(world, at, |jobs| jobs.claim_jobs("w", &[job_type], most, at)).unwrap()
}

/// The one job there is, claimed.
pub(crate) async fn claim_one(world: &World, job_type: JobType, at: DateTime<Utc>) -> (Uuid, Uuid) {
    let [job] = &claim(world, job_type, 2, at).await[..] else { panic!("one job") };
    (job.id, job.claim_token.unwrap())
}

/// The one job that a test is about; an observation brings one of its own along, to be preprocessed.
pub(crate) async fn job(world: &World) -> processing_job::Model {
    let mut jobs = world.rows::<processing_job::Entity>().await;
    if jobs.len() > 1 {
        jobs.retain(|job| job.job_type != JobType::Preprocess.as_str());
    }
    assert_eq!(jobs.len(), 1);
    jobs.pop().unwrap()
}

/// What the audit log has of jobs, in its order.
async fn of_jobs(world: &World) -> Vec<audit_record::Model> {
    let mut rows = world.rows::<audit_record::Entity>().await;
    rows.retain(|row| row.action.starts_with("job."));
    rows.sort_by_key(|row| (row.created_at, row.id));
    rows
}

pub(crate) fn is_lost<T>(outcome: &Result<T, Error>) -> bool {
    matches!(outcome, Err(Error::LeaseLost { .. }))
}

async fn ast_p2_07_jobs_are_claimed_in_order(engine: Engine) {
    let world = World::new(engine).await;
    let mut new = Vec::new();
    for number in 0..60_u128 {
        let job = NewJob::new(JobType::Preprocess, Uuid::from_u128(number));
        new.push(NewJob {
            priority: Some(i32::try_from(number * 7 % 4).unwrap()),
            scheduled_at: Some(after(i64::try_from(number * 11 % 5).unwrap() - 4)),
            ..job
        });
    }
    for (number, batch) in new.chunks(20).enumerate() {
        let made = after(-i64::try_from(number * 13 % 7).unwrap());
        with_jobs!(world, made, |jobs| jobs.enqueue_many(batch, made)).unwrap();
    }
    let later =
        NewJob { scheduled_at: Some(after(1)), ..NewJob::new(JobType::Preprocess, Uuid::max()) };
    enqueue(&world, &[later, NewJob::new(JobType::Notify, Uuid::nil())]).await;

    let mut expected = world.rows::<processing_job::Entity>().await;
    expected.retain(|job| job.job_type == "preprocess" && job.scheduled_at <= now());
    expected.sort_by_key(|job| (-job.priority, job.scheduled_at, job.created_at, job.id));
    let mut claimed = Vec::new();
    for most in [1, 7, 32, 32, 32] {
        claimed.extend(claim(&world, JobType::Preprocess, most, now()).await);
    }
    let ids = |jobs: &[processing_job::Model]| jobs.iter().map(|job| job.id).collect::<Vec<_>>();
    assert_eq!(ids(&claimed), ids(&expected));
    let rows = world.rows::<processing_job::Entity>().await;
    for job in &claimed {
        assert_eq!(rows.iter().find(|row| row.id == job.id), Some(job), "it is as it is stored");
        assert_eq!((job.status, job.lease_expires_at), (Running, Some(after(60))));
    }
    let one_microsecond_before = after(1) - TimeDelta::microseconds(1);
    assert!(claim(&world, JobType::Preprocess, 1, one_microsecond_before).await.is_empty());
    assert_eq!(claim(&world, JobType::Preprocess, 1, after(1)).await[0].entity_id, Uuid::max());
}

async fn ast_p2_08_a_heartbeat_needs_the_right_token(engine: Engine) {
    let world = World::new(engine).await;
    enqueue(&world, &new_jobs(JobType::Validate, 1)).await;
    let (id, old) = claim_one(&world, JobType::Validate, now()).await;
    let lease = with_jobs!(world, after(20), |jobs| jobs.heartbeat(id, old, after(20))).unwrap();
    let beaten = job(&world).await;
    assert_eq!((lease, beaten.lease_expires_at), (after(80), Some(after(80))));
    assert_eq!((beaten.heartbeat_at, beaten.started_at), (Some(after(20)), Some(now())));

    // The lease holds to its last instant.
    let reaped = with_jobs!(world, after(80), |jobs| jobs.reap(&Detached, after(80))).unwrap();
    assert!(reaped.is_empty());
    let reaped = with_jobs!(world, after(81), |jobs| jobs.reap(&Detached, after(81))).unwrap();
    assert_eq!((reaped.len(), reaped[0].scheduled_at), (1, after(141)));
    let (same, new) = claim_one(&world, JobType::Validate, after(141)).await;
    assert!(same == id && new != old);
    assert!(is_lost(&with_jobs!(world, after(142), |jobs| jobs.heartbeat(id, old, after(142)))));
    assert!(is_lost(&with_jobs!(world, after(142), |jobs| jobs.release(id, old, after(142)))));
    with_jobs!(world, after(142), |jobs| jobs.heartbeat(id, new, after(142))).unwrap();
    let unknown = Uuid::max();
    assert!(is_lost(&with_jobs!(world, after(142), |jobs| jobs.heartbeat(
        unknown,
        new,
        after(142)
    ))));
    let written = of_jobs(&world).await.len();
    assert_eq!(written, 4, "enqueued, claimed, lease expired, claimed; no heartbeat");
}

/// What a worker whose lease was reaped has found is not stored, be the job waiting or with another.
async fn ast_p2_08_a_reaped_worker_stores_nothing(engine: Engine) {
    let world = World::new(engine).await;
    let survey = world.survey("Reaped").await;
    let row = world.observation(survey.id, "a").await;
    let stores = Stores(row.id);
    enqueue(&world, &[NewJob::new(JobType::Validate, row.id)]).await;
    let (id, token) = claim_one(&world, JobType::Validate, now()).await;
    with_jobs!(world, after(61), |jobs| jobs.reap(&Detached, after(61))).unwrap();
    for at in [after(62), after(121)] {
        let output = json!({ "path": "late" });
        let late = with_jobs!(world, at, |jobs| jobs.complete(&stores, id, token, output, at));
        assert!(is_lost(&late), "{late:?}");
        let failure = JobFailure::of_stage("late", true);
        let late = with_jobs!(world, at, |jobs| jobs.fail(&stores, id, token, &failure, at));
        assert!(is_lost(&late), "{late:?}");
        assert!(is_lost(&with_jobs!(world, at, |jobs| jobs.begin(&stores, id, token, at))));
        let stored = world.rows::<observation::Entity>().await;
        assert_eq!(stored, std::slice::from_ref(&row), "nothing of it is stored");
        claim(&world, JobType::Validate, 1, at).await;
    }
    let token = job(&world).await.claim_token.unwrap();
    let output = json!({ "path": "in time" });
    with_jobs!(world, after(130), |jobs| jobs.complete(&stores, id, token, output, after(130)))
        .unwrap();
    let stored = world.rows::<observation::Entity>().await;
    assert_eq!(stored[0].fits_file_path.as_deref(), Some("in time"));
    let done = job(&world).await;
    assert_eq!((done.status, done.completed_at), (Completed, Some(after(130))));
    assert_eq!((done.claim_token, done.lease_expires_at), (None, None));
    assert_eq!(done.claimed_by.as_deref(), Some("w"));
}

/// Stores a path with an observation.
struct Stores(Uuid);

#[async_trait::async_trait]
impl almanac_service::astrid::Effects for Stores {
    async fn begin(
        &self,
        _: &Transaction,
        _: &processing_job::Model,
        _: DateTime<Utc>,
    ) -> Result<Value, Error> {
        Ok(json!({}))
    }

    async fn finish(
        &self,
        transaction: &Transaction,
        _: &processing_job::Model,
        output: Value,
        _: DateTime<Utc>,
    ) -> Result<(), Error> {
        let table = Repository::<_, observation::Entity>::new(transaction);
        let path = output["path"].as_str().map(str::to_owned);
        let row = observation::ActiveModel {
            id: Unchanged(self.0),
            fits_file_path: Set(path),
            ..Default::default()
        };
        table.update(row).await.map(|_| ())
    }

    async fn fail(
        &self,
        transaction: &Transaction,
        job: &processing_job::Model,
        error: &str,
        _: bool,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        self.finish(transaction, job, json!({ "path": error }), now).await
    }
}

async fn ast_p2_10_callers_at_once_enqueue_one_job(engine: Engine) {
    let world = World::new(engine).await;
    let new = NewJob::new(JobType::Difference, Uuid::from_u128(1));
    let callers = (0..20).map(|_| {
        // Each has connections of its own.
        let (sessions, new) = (world.test.sessions(), new.clone());
        let work = work_with(&sessions, now());
        tokio::spawn(async move {
            let jobs: Jobs<'_> = work.table().await.unwrap();
            let enqueued = jobs.enqueue(&new, now()).await.unwrap();
            work.commit().await.unwrap();
            (enqueued.created, enqueued.job.id)
        })
    });
    let mut outcomes = Vec::new();
    for caller in callers.collect::<Vec<_>>() {
        outcomes.push(caller.await.unwrap());
    }
    assert_eq!(outcomes.iter().filter(|(created, _)| *created).count(), 1);
    let id = job(&world).await.id;
    assert!(outcomes.iter().all(|(_, found)| *found == id));
}

async fn ast_p2_11_reapers_at_once_retry_a_job_once(engine: Engine) {
    let world = World::new(engine).await;
    enqueue(&world, &new_jobs(JobType::Preprocess, 64)).await;
    for _ in 0..2 {
        assert_eq!(claim(&world, JobType::Preprocess, 32, now()).await.len(), 32);
    }
    let reapers = (0..4).map(|_| {
        let sessions = world.test.sessions();
        let work = work_with(&sessions, after(61));
        tokio::spawn(async move {
            let jobs: Jobs<'_> = work.table().await.unwrap();
            let reaped = jobs.reap(&Detached, after(61)).await.unwrap();
            work.commit().await.unwrap();
            reaped.into_iter().map(|job| job.id).collect::<Vec<_>>()
        })
    });
    let mut reaped = Vec::new();
    for reaper in reapers.collect::<Vec<_>>() {
        reaped.extend(reaper.await.unwrap());
    }
    assert_eq!((reaped.len(), reaped.iter().collect::<BTreeSet<_>>().len()), (64, 64));
    for job in world.rows::<processing_job::Entity>().await {
        assert_eq!((job.status, job.retry_count, job.scheduled_at), (Pending, 1, after(91)));
        assert_eq!(job.error_message.as_deref(), Some("lease expired"));
    }
    assert_eq!(world.audit("job.lease_expired").await.len(), 64);
}

/// As many for one job as for the most.
async fn a_claim_takes_few_statements(engine: Engine) {
    let world = World::new(engine).await;
    enqueue(&world, &new_jobs(JobType::Preprocess, 33)).await;
    claim(&world, JobType::Ingest, 1, now()).await;
    let mut counts = Vec::new();
    for most in [1, 32] {
        let before = world.sessions.statements();
        assert_eq!(claim(&world, JobType::Preprocess, most, now()).await.len() as u64, most);
        counts.push(world.sessions.statements() - before);
    }
    assert!(counts[0] == counts[1] && counts[0] <= 9, "{counts:?}");
}

async fn a_claim_asks_for_sense(engine: Engine) {
    let world = World::new(engine).await;
    let work = world.work(now());
    let jobs: Jobs<'_> = work.table().await.unwrap();
    let long = "x".repeat(101);
    let refusals: [(&str, &[JobType], u64); 5] = [
        ("w", &[JobType::Ingest], 0),
        ("w", &[JobType::Ingest], 33),
        ("w", &[], 1),
        (" ", &[JobType::Ingest], 1),
        (&long, &[JobType::Ingest], 1),
    ];
    let rules = ["range", "range", "required", "required", "too_long"];
    for ((worker, types, most), expected) in refusals.into_iter().zip(rules) {
        let refused = jobs.claim_jobs(worker, types, most, now()).await;
        let Err(Error::Invalid { rule, .. }) = refused else { panic!("{refused:?}") };
        assert_eq!(rule, Some(expected));
    }
}

async fn the_audit_log_follows_a_job(engine: Engine) {
    let world = World::new(engine).await;
    enqueue(&world, &new_jobs(JobType::Notify, 1)).await;
    let (id, token) = claim_one(&world, JobType::Notify, after(1)).await;
    with_jobs!(world, after(2), |jobs| jobs.release(id, token, after(2))).unwrap();
    let (_, token) = claim_one(&world, JobType::Notify, after(3)).await;
    let failure = JobFailure::of_stage("no answer", true);
    with_jobs!(world, after(4), |jobs| jobs.fail(&Detached, id, token, &failure, after(4)))
        .unwrap();
    claim_one(&world, JobType::Notify, after(34)).await;
    with_jobs!(world, after(95), |jobs| jobs.reap(&Detached, after(95))).unwrap();
    let (_, token) = claim_one(&world, JobType::Notify, after(155)).await;
    with_jobs!(world, after(156), |jobs| jobs.fail(&Detached, id, token, &failure, after(156)))
        .unwrap();
    with_jobs!(world, after(157), |jobs| jobs.requeue(id, after(157))).unwrap();
    let (_, token) = claim_one(&world, JobType::Notify, after(158)).await;
    with_jobs!(world, after(159), |jobs| jobs.complete(
        &Detached,
        id,
        token,
        json!({}),
        after(159)
    ))
    .unwrap();
    let rows = of_jobs(&world).await;
    let actions: Vec<&str> = rows.iter().map(|row| row.action.as_str()).collect();
    let expected = [
        "enqueue",
        "claim",
        "release",
        "claim",
        "retry",
        "claim",
        "lease_expired",
        "claim",
        "fail",
        "requeue",
        "claim",
        "complete",
    ];
    assert_eq!(actions, expected.map(|verb| format!("job.{verb}")));
    assert_eq!(rows[4].change_summary.as_deref(), Some("no answer"));
    assert_eq!(rows[1].new_values.as_ref().unwrap()["status"], json!("running"));
    assert!(rows.iter().all(|row| row.entity_id == id && row.entity_type == "processing_job"));
}
