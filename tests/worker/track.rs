//! Models that become runs of a tracker, and exposures that lie in a manifest.

use std::{
    fs,
    sync::{Arc, Mutex},
};

use almanac_database::Database;
use almanac_entity::{
    UnixTime,
    astrid::{ModelType, ml_model, processing_job, survey},
};
use almanac_service::{
    Repository,
    access::{Operation, Principal, Role},
    astrid::{JobType, ModelFacts, NewJob, NewModel},
};
use axum::{Json, Router, extract::Request};
use chrono::Utc;
use sea_orm::prelude::Uuid;
use serde_json::{Value, json};
use tokio::{net::TcpListener, runtime};

use crate::{World, support::Engine};

/// A tracker that takes everything; the second run it begins is called `run-2`.
struct Stub {
    address: String,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Stub {
    /// It answers from a thread of its own: commands are waited for.
    fn start() -> Self {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (told, address) = std::sync::mpsc::channel();
        let log = heard.clone();
        std::thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                told.send(listener.local_addr().unwrap()).unwrap();
                let answer = async move |request: Request| Json(answer(&log, request.uri().path()));
                axum::serve(listener, Router::new().fallback(answer)).await.unwrap();
            });
        });
        Self { address: format!("http://{}", address.recv().unwrap()), heard }
    }

    fn runs(&self) -> usize {
        self.heard.lock().unwrap().iter().filter(|call| call.ends_with("runs/create")).count()
    }
}

fn answer(log: &Mutex<Vec<String>>, path: &str) -> Value {
    let mut heard = log.lock().unwrap();
    heard.push(path.to_owned());
    let runs = heard.iter().filter(|call| call.ends_with("runs/create")).count();
    match path.rsplit('/').next().unwrap() {
        "get-by-name" => json!({ "experiment": { "experiment_id": "7" } }),
        "create" => json!({ "run": { "info": { "run_id": format!("run-{runs}") } } }),
        _ => json!({}),
    }
}

async fn register(world: &World, version: &str) -> Uuid {
    let ada = Principal::new("ada", Role::Operator);
    let now = UnixTime::from(Utc::now());
    let work = world.sessions.work(Some(&ada), Operation::RegisterAstridModel, None, now).unwrap();
    let models: Repository<'_, _, ml_model::Entity> = work.table().await.unwrap();
    let new = NewModel {
        name: "net".to_owned(),
        version: version.to_owned(),
        model_type: ModelType::Unet,
        facts: ModelFacts { precision: Some(0.9), ..ModelFacts::default() },
    };
    let id = models.register(new, Utc::now()).await.unwrap().id;
    work.commit().await.unwrap();
    id
}

pub(crate) async fn models_become_runs_of_a_tracker(engine: Engine) {
    let world = World::new(engine, 0).await;
    let (first, second) = (register(&world, "1").await, register(&world, "2").await);
    let tracker = Stub::start();
    let track = |arguments: &[&str]| {
        let output =
            world.run(&[&["track", "--tracker", &tracker.address][..], arguments].concat());
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {told}");
        String::from_utf8(output.stdout).unwrap() + &told
    };
    assert_eq!(track(&[&second.to_string()]), "net 2 is run run-1\n");
    assert_eq!(track(&[]), "net 1 is run run-2\n", "the one that has none yet");
    assert!(track(&[]).contains("no models"));
    assert_eq!(track(&[&first.to_string()]), "net 1 is run run-2 already\n");
    assert_eq!(tracker.runs(), 2, "nothing is begun twice");

    let reader = world.sessions.reader(Database::Astrid).await.unwrap();
    let models = Repository::<_, ml_model::Entity>::new(&reader);
    for (id, run) in [(first, "run-2"), (second, "run-1")] {
        assert_eq!(models.get(id).await.unwrap().mlflow_run_id.as_deref(), Some(run));
    }

    register(&world, "3").await;
    let nobody = world.run(&["track", "--tracker", "http://127.0.0.1:9"]);
    let told = String::from_utf8_lossy(&nobody.stderr).into_owned();
    assert!(!nobody.status.success() && told.contains("net 3"), "{told}");
    let nothing = world.run(&["track", "--tracker", "ftp://127.0.0.1"]);
    assert!(String::from_utf8_lossy(&nothing.stderr).contains("--tracker"));
}

pub(crate) async fn a_manifest_answers_jobs_that_ingest(engine: Engine) {
    let world = World::new(engine, 0).await;
    let reader = world.sessions.reader(Database::Astrid).await.unwrap();
    let surveys = Repository::<_, survey::Entity>::new(&reader);
    let survey = surveys.get_by_name("Worked on").await.unwrap().unwrap();
    let work = world.work();
    let jobs: Repository<'_, _, processing_job::Entity> = work.table().await.unwrap();
    jobs.enqueue(&NewJob::new(JobType::Ingest, survey.id), Utc::now()).await.unwrap();
    work.commit().await.unwrap();
    let exposure = |name: &str, ra: f64| {
        json!({
            "observation_id": name, "ra": ra, "dec": 2.0, "observation_time": "2025-10-01T00:00:00Z",
            "filter_band": "g", "exposure_time": 30.0, "fits_url": "https://example.org/a.fits",
        })
    };
    let lines = [exposure("a", 1.0), exposure("b", 400.0), exposure("c", 3.0)];
    let manifest = world.path("manifest.jsonl");
    fs::write(&manifest, lines.map(|line| line.to_string() + "\n").concat()).unwrap();

    let manifest = manifest.display().to_string();
    let worker = ["worker", "--type", "ingest", "--until-empty", "--poll", "0.1", "--json"];
    let done = world.json(&[&worker[..], &["--manifest", &manifest]].concat());
    assert_eq!((&done["completed"], &done["failed"]), (&json!(1), &json!(0)), "{done}");
    let names: Vec<_> =
        world.observations().await.into_iter().map(|row| row.observation_id).collect();
    assert_eq!(names.len(), 2, "{names:?}: no right ascension is 400°");
    let waiting = world.json(&["jobs", "--type", "preprocess", "--status", "pending", "--json"]);
    assert_eq!(waiting.as_array().unwrap().len(), 2, "one for each");

    let refused = |arguments: &[&str], with: &str| {
        let output = world.run(&[&["worker", "--type"][..], arguments].concat());
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && told.contains(with), "{arguments:?}: {told}");
    };
    refused(&["ingest", "--manifest", "no-such-file"], "--manifest");
    refused(&["notify", "--channel", "slack"], "CHANNEL=TARGET");
    refused(&["notify", "--channel", "pigeon=log"], "pigeon");
    let notified = ["worker", "--type", "notify", "--channel", "slack=log", "--until-empty"];
    let notified = world.json(&[&notified[..], &["--poll", "0.1", "--json"]].concat());
    assert_eq!(notified["completed"], json!(0), "there are no alerts");
}
