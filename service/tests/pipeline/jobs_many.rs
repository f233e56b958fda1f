//! Many workers at one queue, in processes of their own: this test binary, told by its environment to be workers.

use std::{
    collections::BTreeSet,
    env, fs,
    path::Path,
    process::{Child, Command},
    time::Instant,
};

use almanac_database::{Address, Database, Location, Origin};
use almanac_entity::{UnixTime, astrid::ProcessingJobStatus};
use almanac_service::{
    Error, Sessions,
    access::{Operation, Principal, Role},
    astrid::JobType,
};
use tempfile::TempDir;

use crate::{
    jobs::{Jobs, enqueue, new_jobs},
    support::{Engine, TestDatabase, engines},
    world::{World, long, now},
};

const PROCESSES: usize = 4;
const WORKERS_OF_A_PROCESS: usize = 4;

/// What a process is told.
const DATABASE: &str = "JOBS_TEST_DATABASE";
const OUTPUT: &str = "JOBS_TEST_OUTPUT";
const NUMBER: &str = "JOBS_TEST_NUMBER";

engines! { ast_p2_06_each_job_is_claimed_once }

/// What a process does that was told so; as a test on its own it has nothing to do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_works() {
    let Ok(url) = env::var(DATABASE) else { return };
    let process: usize = env::var(NUMBER).unwrap().parse().unwrap();
    let workers = (0..WORKERS_OF_A_PROCESS).map(|worker| {
        let location = Location::parse(&url).unwrap();
        let address = Address::new(Database::Astrid, location, Origin::Argument("test"));
        // Each has connections of its own.
        tokio::spawn(take(Sessions::new(vec![address]), process * WORKERS_OF_A_PROCESS + worker))
    });
    let mut taken = Vec::new();
    for worker in workers.collect::<Vec<_>>() {
        taken.append(&mut worker.await.unwrap());
    }
    fs::write(env::var(OUTPUT).unwrap(), taken.join("\n")).unwrap();
}

/// Takes jobs until none is left, from one to five at once.
async fn take(sessions: Sessions, number: usize) -> Vec<String> {
    let name = format!("worker {number}");
    let somebody = Principal::new(format!("system:worker:{name}"), Role::Operator);
    let mut taken = Vec::new();
    loop {
        let operation = Operation::WorkOnAstridJobs;
        let work = sessions.work(Some(&somebody), operation, None, UnixTime::from(now())).unwrap();
        let jobs: Jobs<'_> = match work.table().await {
            Ok(jobs) => jobs,
            // The server has no connection left, or the file no turn.
            Err(Error::Busy) => continue,
            Err(error) => panic!("{error}"),
        };
        let most = number as u64 % 5 + 1;
        let claimed = jobs.claim_jobs(&name, &[JobType::Preprocess], most, now()).await.unwrap();
        work.commit().await.unwrap();
        if claimed.is_empty() {
            return taken;
        }
        for job in claimed {
            assert_eq!(job.status, ProcessingJobStatus::Running);
            taken.push(format!("{} {name}", job.id));
        }
    }
}

fn process(database: &TestDatabase, number: usize, output: &Path) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "jobs_many::a_process_works", "--quiet"])
        .env(DATABASE, database.url())
        .env(OUTPUT, output)
        .env(NUMBER, number.to_string())
        .spawn()
        .unwrap()
}

async fn ast_p2_06_each_job_is_claimed_once(engine: Engine) {
    let world = World::new(engine).await;
    let count = if long() { 1_000 } else { 100 };
    enqueue(&world, &new_jobs(JobType::Preprocess, count)).await;
    let folder = TempDir::new().unwrap();
    let output = |number: usize| folder.path().join(number.to_string());
    let started = Instant::now();
    let processes: Vec<Child> =
        (0..PROCESSES).map(|number| process(&world.test, number, &output(number))).collect();
    for mut process in processes {
        assert!(process.wait().unwrap().success(), "a process failed");
    }
    eprintln!("{engine:?}: {count} jobs claimed by 16 workers in {:?}", started.elapsed());
    let text: Vec<String> =
        (0..PROCESSES).map(|number| fs::read_to_string(output(number)).unwrap()).collect();
    let taken: BTreeSet<&str> = text.iter().flat_map(|text| text.lines()).collect();
    let ids: BTreeSet<&str> = taken.iter().map(|line| line.split_once(' ').unwrap().0).collect();
    let count = usize::try_from(count).unwrap();
    assert_eq!(text.iter().flat_map(|text| text.lines()).count(), count, "each was claimed");
    assert_eq!((taken.len(), ids.len()), (count, count), "none was claimed twice");
    let rows = world.rows::<almanac_entity::astrid::processing_job::Entity>().await;
    for row in rows {
        let line = format!("{} {}", row.id, row.claimed_by.unwrap());
        assert!(taken.contains(line.as_str()), "{line} is as the worker has it");
    }
    assert_eq!(world.audit("job.claim").await.len(), count);
}
