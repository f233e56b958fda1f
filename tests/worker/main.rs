//! `almanac astrid`: workers as processes, the programs they run, and the commands that look after the queue.

#![allow(clippy::unwrap_used, reason = "it is how a test fails")]

#[path = "../support/mod.rs"]
mod support;
mod track;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
};

use almanac_database::Database;
use almanac_entity::{
    UnixTime,
    astrid::{
        ObservationStatus, ProcessingJobStatus, observation, processing_job, survey, system_config,
    },
};
use almanac_service::{
    Filter, Repository, Sessions, Work,
    access::{Operation, Principal, Role},
    astrid::{JobType, NewJob, NewObservation, NewSurvey},
};
use chrono::{Duration, Utc};
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    prelude::Uuid,
};
use serde_json::{Value, json};
use support::{Engine, TestDatabase, engines};
use tempfile::TempDir;
use track::{a_manifest_answers_jobs_that_ingest, models_become_runs_of_a_tracker};

engines! {
    observations_are_preprocessed_by_a_program,
    a_killed_workers_job_is_finished_by_another,
    a_worker_told_to_stop_gives_its_job_back,
    the_queue_is_looked_after,
    models_become_runs_of_a_tracker,
    a_manifest_answers_jobs_that_ingest,
}

/// Preprocesses: tells what the specification asks for.
const PREPROCESS: &str = r#"
import json, os, sys
asked = json.load(sys.stdin)
assert os.environ["ALMANAC_JOB_TYPE"] == "preprocess"
print(json.dumps({
    "calibration_applied": True,
    "wcs_aligned": True,
    "registration_quality": 0.9,
    "processed_fits_path": "processed/" + asked["observation"]["observation_id"] + ".fits",
    "wcs_info": {"CTYPE1": "RA---TAN"},
}))
"#;

/// A database with observations whose preprocessing is in the queue, and a folder for programs.
struct World {
    test: TestDatabase,
    sessions: Sessions,
    folder: TempDir,
}

impl World {
    async fn new(engine: Engine, observations: usize) -> Self {
        let test = TestDatabase::migrated(Database::Astrid, engine).await;
        let folder = TempDir::new().unwrap();
        let world = Self { sessions: test.sessions(), test, folder };
        world.set_policy().await;
        let now = Utc::now();
        let work = world.work();
        let survey = NewSurvey {
            name: "Worked on".to_owned(),
            description: None,
            base_url: Some("https://example.org".to_owned()),
            api_endpoint: None,
            is_active: true,
        };
        let surveys: Repository<'_, _, survey::Entity> = work.table().await.unwrap();
        let survey = surveys.create(survey, now).await.unwrap();
        let table: Repository<'_, _, observation::Entity> = work.table().await.unwrap();
        let jobs: Repository<'_, _, processing_job::Entity> = work.table().await.unwrap();
        for number in 0..observations {
            let made = table.ingest(&exposure(survey.id, number), now).await.unwrap();
            jobs.enqueue(&NewJob::new(JobType::Preprocess, made.id), now).await.unwrap();
        }
        work.commit().await.unwrap();
        world
    }

    /// Leases of two seconds, and another try after one.
    async fn set_policy(&self) {
        let work = self.work();
        let settings: Repository<'_, _, system_config::Entity> = work.table().await.unwrap();
        let policy = Filter::eq(system_config::Column::Key, "jobs.policy");
        let mut policy = settings.slice(&policy, &[], 1, 0).await.unwrap().pop().unwrap();
        policy.value["lease_s"] = json!(2);
        policy.value["heartbeat_s"] = json!(1);
        policy.value["preprocess"]["backoff"] =
            json!({ "kind": "linear", "base_s": 1, "max_s": 1 });
        let row = system_config::ActiveModel {
            id: Unchanged(policy.id),
            value: Set(policy.value),
            ..Default::default()
        };
        settings.update(row).await.unwrap();
        work.commit().await.unwrap();
    }

    fn work(&self) -> Work {
        let ada = Principal::new("ada", Role::Operator);
        let now = UnixTime::from(Utc::now());
        self.sessions.work(Some(&ada), Operation::WorkOnAstridJobs, None, now).unwrap()
    }

    /// A file with a program for Python.
    fn program(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        format!("python3 '{}'", path.display())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn almanac(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_almanac"));
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("PIPELINE_STATE_DIR", self.folder.path())
            .env("ASTRID_DATABASE_URL", self.test.url())
            .arg("astrid")
            .args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.almanac(arguments).output().unwrap()
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let output = self.run(arguments);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {told}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// What a worker has done that worked until there was nothing left.
    fn drain(&self, name: &str, command: &str) -> Value {
        let kind = ["worker", "--type", "preprocess", "--until-empty", "--poll", "0.1", "--json"];
        self.json(&[&kind[..], &["--name", name, "--command", command]].concat())
    }

    /// Starts a worker, and waits until its program has said that it has begun.
    fn start(&self, name: &str, command: &str) -> Worker {
        let begun = self.path("begun");
        let _ = fs::remove_file(&begun);
        let mut worker = self.almanac(&["worker", "--type", "preprocess", "--poll", "0.1"]);
        worker.args(["--name", name, "--command", command]);
        let worker = worker.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut worker = Worker(worker);
        while !begun.exists() {
            assert_eq!(worker.0.try_wait().unwrap(), None, "it works");
            thread::yield_now();
        }
        worker
    }

    fn jobs(&self) -> Vec<Value> {
        self.json(&["jobs", "--type", "preprocess", "--json"]).as_array().unwrap().clone()
    }

    async fn observations(&self) -> Vec<observation::Model> {
        let reader = self.sessions.reader(Database::Astrid).await.unwrap();
        let table = Repository::<_, observation::Entity>::new(&reader);
        table.slice(&Filter::default(), &[], 1_000, 0).await.unwrap()
    }
}

/// A worker in a process of its own, killed when this is dropped.
struct Worker(Child);

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn exposure(survey_id: Uuid, number: usize) -> NewObservation {
    NewObservation {
        survey_id,
        observation_id: format!("exposure {number}"),
        ra: 150.0,
        dec: 2.0,
        observation_time: Utc::now() - Duration::hours(1),
        filter_band: "g".to_owned(),
        exposure_time: 30.0,
        fits_url: "https://example.org/a.fits".to_owned(),
        pixel_scale: None,
        image_width: None,
        image_height: None,
        airmass: None,
        seeing: None,
    }
}

/// A program that says it has begun and does not end.
fn endless(begun: &Path) -> String {
    format!(
        "import pathlib, time\npathlib.Path({:?}).touch()\ntime.sleep(1000)\n",
        begun.display().to_string()
    )
}

async fn observations_are_preprocessed_by_a_program(engine: Engine) {
    let world = World::new(engine, 6).await;
    let command = world.program("preprocess.py", PREPROCESS);
    let done = world.drain("first", &command);
    assert_eq!((&done["completed"], &done["failed"]), (&json!(6), &json!(0)), "{done}");
    for observation in world.observations().await {
        assert_eq!(observation.status, ObservationStatus::Preprocessed);
    }
    assert!(world.jobs().iter().all(|job| job["status"] == "completed"));
    let next = world.json(&["jobs", "--type", "difference", "--status", "pending", "--json"]);
    assert_eq!(next.as_array().unwrap().len(), 6, "one for each");
    let table = world.run(&["jobs", "--status", "completed"]);
    let table = String::from_utf8(table.stdout).unwrap();
    assert!(table.starts_with("ID") && table.contains("first") && table.lines().count() == 7);
}

async fn a_killed_workers_job_is_finished_by_another(engine: Engine) {
    let world = World::new(engine, 1).await;
    let slow = world.program("slow.py", &endless(&world.path("begun")));
    drop(world.start("killed", &slow));
    let [job] = &world.jobs()[..] else { panic!("one job") };
    assert_eq!((&job["status"], &job["claimed_by"]), (&json!("running"), &json!("killed")));
    assert!(job.get("claim_token").is_none(), "a token is nobody else's");

    // Its lease expires, and after that it is tried again; each drain sees a part of it.
    let command = world.program("preprocess.py", PREPROCESS);
    let (mut completed, mut reaped) = (0, 0);
    while completed == 0 {
        let done = world.drain("second", &command);
        completed += done["completed"].as_u64().unwrap();
        reaped += done["reaped"].as_u64().unwrap();
    }
    let [job] = &world.jobs()[..] else { panic!("one job") };
    assert_eq!((&job["status"], &job["claimed_by"]), (&json!("completed"), &json!("second")));
    assert_eq!((&job["retry_count"], completed, reaped), (&json!(1), 1, 1));
    let failures = &job["error_details"]["failures"];
    assert_eq!(failures[0]["kind"], json!("lease_expired"), "{failures}");
    assert_eq!(world.observations().await[0].status, ObservationStatus::Preprocessed);
}

async fn a_worker_told_to_stop_gives_its_job_back(engine: Engine) {
    let world = World::new(engine, 1).await;
    let slow = world.program("slow.py", &endless(&world.path("begun")));
    let mut worker = world.start("stopped", &slow);
    let told = Command::new("kill").arg(worker.0.id().to_string()).status().unwrap();
    assert!(told.success() && worker.0.wait().unwrap().success());
    let [job] = &world.jobs()[..] else { panic!("one job") };
    assert_eq!((&job["status"], &job["retry_count"]), (&json!("pending"), &json!(0)));
    let command = world.program("preprocess.py", PREPROCESS);
    assert_eq!(world.drain("next", &command)["completed"], json!(1));
}

async fn the_queue_is_looked_after(engine: Engine) {
    let world = World::new(engine, 2).await;
    let broken = world.program("broken.py", "import sys\nsys.exit('no such calibration')\n");
    let ids: Vec<String> =
        world.jobs().iter().map(|job| job["id"].as_str().unwrap().to_owned()).collect();
    assert!(world.run(&["cancel", &ids[0]]).status.success());
    assert!(!world.run(&["cancel", &ids[0]]).status.success(), "it is called off already");
    let done = world.drain("broken", &broken);
    assert_eq!((&done["completed"], &done["failed"]), (&json!(0), &json!(1)), "{done}");
    let failed = world.json(&["jobs", "--status", "failed", "--json"]);
    let message = failed[0]["error_message"].as_str().unwrap();
    assert!(message.ends_with("no such calibration"), "{message}");
    assert_eq!(world.json(&["reap", "--json"]), json!([]));
    assert!(world.run(&["requeue", &ids[1]]).status.success());
    assert_eq!(world.jobs().iter().filter(|job| job["status"] == "pending").count(), 1);

    let refused = |arguments: &[&str], with: &str| {
        let output = world.run(arguments);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && told.contains(with), "{arguments:?}: {told}");
    };
    refused(&["worker", "--type", "preprocess"], "need a program");
    refused(&["worker", "--type", "preprocess", "--command", "'"], "not closed");
    refused(
        &["worker", "--type", "preprocess", "--command", "no-such-program x"],
        "no-such-program",
    );
    refused(&["worker", "--type", "validate", "--command", "true"], "none of these");
    refused(&["worker", "--type", "calibrate"], "preprocess");
    refused(&["worker", "--type", "validate", "--poll", "0"], "--poll");
    refused(&["jobs", "--status", "done"], "cancelled");
    let statuses = [ProcessingJobStatus::Cancelled.as_str(), "--json"];
    let cancelled = world.json(&[&["jobs", "--status"], &statuses[..]].concat());
    assert_eq!(cancelled.as_array().unwrap().len(), 1);
}
