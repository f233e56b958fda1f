//! A night of AstrID's pipeline: observations from a manifest to alerts, by workers of all six kinds of jobs that fail
//! now and then and are killed.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

#[path = "../../../tests/support/mod.rs"]
mod support;

mod beginning;
mod stages;

use std::{
    env,
    path::Path,
    process::Stdio,
    sync::Arc,
    time::{Duration, Instant},
};

use almanac_database::{Address, Database, Location, Origin};
use almanac_entity::astrid::{preprocess_run, system_config};
use almanac_service::{Repository, Sessions, astrid::JobType};
use almanac_worker::{Manifest, Runner, Stage, built_in, channels::Channels, client};
use beginning::{begin, count, work};
use chrono::{TimeDelta, Utc};
use serde_json::json;
use stages::{CANDIDATES, DETECTIONS, Differencing, Inference, Preprocessing, Unsteady};
use support::{Engine, TestDatabase, engines};
use tokio::{process::Command, time::timeout};

/// What a process is told that is to be a worker.
const DATABASE: &str = "NIGHT_TEST_DATABASE";
const MANIFEST: &str = "NIGHT_TEST_MANIFEST";

engines! { ast_p4_13_a_night_goes_through }

/// A worker, where the environment asks for one; as a test on its own it has nothing to do.
#[tokio::test]
async fn a_worker_works() {
    let Ok(url) = env::var(DATABASE) else { return };
    let address =
        Address::new(Database::Astrid, Location::parse(&url).unwrap(), Origin::Argument("test"));
    let manifest = Manifest::new(env::var(MANIFEST).unwrap());
    let channels = Channels::new([], &client().unwrap());
    let stages: [(JobType, Arc<dyn Stage>); 6] = [
        (JobType::Ingest, Arc::new(manifest)),
        (JobType::Preprocess, Arc::new(Unsteady(Preprocessing))),
        (JobType::Difference, Arc::new(Unsteady(Differencing))),
        (JobType::Inference, Arc::new(Unsteady(Inference))),
        (JobType::Validate, built_in(JobType::Validate).unwrap()),
        (JobType::Notify, Arc::new(Unsteady(channels))),
    ];
    let name = format!("night-{}", std::process::id());
    let mut runner = Runner::new(Sessions::new(vec![address]), name)
        .with_concurrency(2)
        .with_interval(Duration::from_millis(200));
    for (job_type, stage) in stages {
        runner = runner.with_stage(job_type, stage);
    }
    runner.drain(std::future::pending()).await.unwrap();
}

/// A thousand observations where `ALMANAC_LONG` asks for them, and a worker killed every 30 seconds; else a tenth.
fn size() -> (u32, Duration) {
    if env::var("ALMANAC_LONG").is_ok_and(|value| value == "1") {
        (1_000, Duration::from_secs(30))
    } else {
        (100, Duration::from_secs(3))
    }
}

async fn ast_p4_13_a_night_goes_through(engine: Engine) {
    let (observations, life) = size();
    let test = TestDatabase::migrated(Database::Astrid, engine).await;
    let sessions = test.sessions();
    set_policy(&sessions).await;
    let manifest = begin(&sessions, observations).await;
    let begun = Instant::now();
    let tended = || tend(&test, &sessions, manifest.path(), life);
    let (one, other) = tokio::join!(tended(), tended());
    let kills = one + other;
    let took = begun.elapsed().as_secs_f64();

    let count = async |of: &str| beginning::count(&sessions, of).await;
    let all = i64::from(observations);
    assert_eq!(count("observations").await, all);
    // No row is left behind.
    for table in ["processing_jobs", "preprocess_runs", "difference_runs", "model_runs"] {
        let left = count(&format!("{table} WHERE status IN ('pending', 'running')")).await;
        assert_eq!(left, 0, "{table}");
    }
    assert_eq!(count("candidates WHERE status = 'processing'").await, 0);
    let (done, failed) = (
        count("observations WHERE status = 'differenced'").await,
        count("observations WHERE status = 'failed'").await,
    );
    assert_eq!(done + failed, all);

    // What there is, is what the stages found, and nothing twice.
    let inferred = count("model_runs WHERE status = 'completed'").await;
    assert_eq!(count("candidates").await, done * i64::from(CANDIDATES));
    assert_eq!(count("detections").await, inferred * i64::from(DETECTIONS));
    let images = "(SELECT observation_id FROM detections GROUP BY observation_id) AS images";
    assert_eq!(count(images).await, inferred);
    let evaluated = "processing_jobs WHERE job_type = 'validate' AND status = 'completed'";
    assert_eq!(count("alerts").await, count(evaluated).await, "one is critical in each image");

    // The dashboard's funnel has the same numbers.
    let reader = sessions.reader(Database::Astrid).await.unwrap();
    let runs = Repository::<_, preprocess_run::Entity>::new(&reader);
    let stats = runs.pipeline_statistics(TimeDelta::days(1), Utc::now()).await.unwrap();
    for (stage, table) in
        stats.stages.iter().zip(["preprocess_runs", "difference_runs", "model_runs"])
    {
        let of = async |status: &str| count(&format!("{table} WHERE status = '{status}'")).await;
        assert_eq!(stage.completed.cast_signed(), of("completed").await, "{table}");
        assert_eq!(stage.failed.cast_signed(), of("failed").await, "{table}");
    }
    eprintln!(
        "{engine:?}: {all} observations, {} candidates, {} detections, {} alerts, {} jobs, {failed} observations failed, \
         {kills} workers killed, {} audit rows, {took:.0} s",
        count("candidates").await,
        count("detections").await,
        count("alerts").await,
        count("processing_jobs").await,
        count("audit_log").await,
    );
}

/// Keeps one worker at work, and kills it when its time has come, until nothing is left to do. Returns how often.
async fn tend(test: &TestDatabase, sessions: &Sessions, manifest: &Path, life: Duration) -> usize {
    let mut kills = 0;
    loop {
        let mut worker = Command::new(env::current_exe().unwrap())
            .args(["--exact", "a_worker_works"])
            .env(DATABASE, test.url())
            .env(MANIFEST, manifest)
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        match timeout(life, worker.wait()).await {
            Ok(status) => assert!(status.unwrap().success()),
            Err(_) => {
                worker.kill().await.unwrap();
                kills += 1;
            }
        }
        let left = "processing_jobs WHERE status IN ('pending', 'running')";
        if count(sessions, left).await == 0 {
            return kills;
        }
    }
}

/// Short leases, and another try after a second.
async fn set_policy(sessions: &Sessions) {
    let work = work(sessions);
    let settings: Repository<'_, _, system_config::Entity> = work.table().await.unwrap();
    let mut policy = settings.setting("jobs.policy").await.unwrap().unwrap().value;
    policy["lease_s"] = json!(3);
    policy["heartbeat_s"] = json!(1);
    for job_type in JobType::ALL {
        let backoff = json!({ "kind": "linear", "base_s": 1, "max_s": 1 });
        policy[job_type.as_str()]["backoff"] = backoff;
    }
    settings.set("jobs.policy", policy, None, Utc::now()).await.unwrap();
    work.commit().await.unwrap();
}
