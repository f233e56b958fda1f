//! A night of work in a season's database, by workers in processes of their own, while eight clients ask.

use std::{
    env,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use almanac_database::{Address, Database, Location, Origin};
use almanac_service::{Sessions, access::Role, astrid::JobType};
use almanac_worker::{Manifest, Runner, Stage, StageFailure, built_in, channels::Channels, client};
use serde_json::Value as Json;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::{
    beginning::{begin, count},
    season::{Season, long, sized},
    server::Server,
    speed::settle,
    stages::{CANDIDATES, DETECTIONS, Differencing, Inference, Preprocessing},
    support::{Engine, TestDatabase, engines},
    world::World,
};

/// What a process is told that is to be a worker.
const DATABASE: &str = "LOAD_TEST_DATABASE";
const MANIFEST: &str = "LOAD_TEST_MANIFEST";

const WORKERS: usize = 2;
/// Of a thousand observations so many come to nothing.
const FAILING: u32 = 55;

engines! { ast_x_06_clients_are_answered_during_a_night }

/// Whether the observation of that number comes to nothing.
fn fails(number: u32) -> bool {
    number * FAILING % 1_000 < FAILING
}

/// Preprocesses what does not fail.
struct Choosy;

#[async_trait::async_trait]
impl Stage for Choosy {
    async fn run(&self, input: &Json) -> Result<Json, StageFailure> {
        let name = input["observation"]["observation_id"].as_str().unwrap_or_default();
        let number = name.rsplit(' ').next().and_then(|number| number.parse().ok());
        let number = number.ok_or_else(|| StageFailure::lasting("it has no number"))?;
        if fails(number) {
            return Err(StageFailure::lasting("the image is of no use"));
        }
        Preprocessing.run(input).await
    }
}

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
        (JobType::Preprocess, Arc::new(Choosy)),
        (JobType::Difference, Arc::new(Differencing)),
        (JobType::Inference, Arc::new(Inference)),
        (JobType::Validate, built_in(JobType::Validate).unwrap()),
        (JobType::Notify, Arc::new(channels)),
    ];
    let name = format!("load-{}", std::process::id());
    let mut runner = Runner::new(Sessions::new(vec![address]), name)
        .with_concurrency(2)
        .with_interval(Duration::from_millis(200));
    for (job_type, stage) in stages {
        runner = runner.with_stage(job_type, stage);
    }
    runner.drain(std::future::pending()).await.unwrap();
}

async fn ast_x_06_clients_are_answered_during_a_night(engine: Engine) {
    let world = World::of(TestDatabase::migrated(Database::Astrid, engine).await);
    let season = Season::fill(&world.sessions, sized(100_000)).await;
    settle(&world).await;
    let server = Server::start(&world.test, Role::Viewer);
    server.asked(&season, 1, None).await;
    // A twentieth of a night otherwise: clients who never pause leave the workers little.
    let observations = if long() { 1_000 } else { 50 };
    let folder = begin(&world.sessions, observations).await;

    let over = AtomicBool::new(false);
    let begun = Instant::now();
    let workers: Vec<Child> = (0..WORKERS).map(|_| worker(&world.test, &folder)).collect();
    let night = async {
        for mut worker in workers {
            assert!(worker.wait().await.unwrap().success(), "a worker failed");
        }
        over.store(true, Ordering::Relaxed);
    };
    let (times, ()) = tokio::join!(server.asked(&season, 20, Some(&over)), night);
    let took = begun.elapsed().as_secs_f64();
    let counts = has_come_to(&world, observations).await;
    times.tell(&format!("{engine:?}, during a night of {observations} that took {took:.0} s"));
    // Another night's candidates do not slow down who asks about observations.
    let times = server.asked(&season, sized(50), Some(&AtomicBool::new(true))).await;
    times.tell(&format!("{engine:?}, with {counts} candidates"));
}

/// Fails unless every row of the night is where it belongs. Returns how many candidates there are.
async fn has_come_to(world: &World, observations: u32) -> i64 {
    let failed = i64::try_from((0..observations).filter(|number| fails(*number)).count()).unwrap();
    let all = i64::from(observations);
    let done = all - failed;
    let night = "survey_id = (SELECT id FROM surveys WHERE name = 'Night')";
    for (of, expected) in [
        (format!("observations WHERE {night} AND status = 'differenced'"), done),
        (format!("observations WHERE {night} AND status = 'failed'"), failed),
        ("preprocess_runs WHERE status = 'completed'".to_owned(), done),
        ("preprocess_runs WHERE status = 'failed'".to_owned(), failed),
        ("difference_runs WHERE status = 'completed'".to_owned(), done),
        ("model_runs WHERE status = 'completed'".to_owned(), done),
        ("candidates".to_owned(), done * i64::from(CANDIDATES)),
        ("detections".to_owned(), done * i64::from(DETECTIONS)),
        ("alerts".to_owned(), done),
        // One ingests, and four more follow where an image is of use.
        ("processing_jobs WHERE status = 'completed'".to_owned(), 1 + 5 * done),
        ("processing_jobs WHERE status = 'failed'".to_owned(), failed),
        ("processing_jobs".to_owned(), 1 + 5 * done + failed),
    ] {
        assert_eq!(count(&world.sessions, &of).await, expected, "{of}");
    }
    count(&world.sessions, "candidates").await
}

fn worker(test: &TestDatabase, manifest: &TempDir) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "load::a_worker_works", "--quiet"])
        .env(DATABASE, test.url())
        .env(MANIFEST, manifest.path())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}
