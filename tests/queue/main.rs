//! Workers of several processes at one queue: each group is taken once, and no subband is lost.
//!
//! The processes are this test binary itself, told by its environment to be a worker.

#![allow(clippy::unwrap_used, reason = "it is how a test fails")]

#[path = "../support/mod.rs"]
mod support;

use std::{
    collections::BTreeSet,
    env, fs,
    path::Path,
    process::{Child, Command},
};

use almanac_database::{Address, Database, Location, Origin};
use almanac_entity::{
    UnixTime,
    ingest::{IngestState, ingest_group, subband_file},
};
use almanac_service::{
    Filter, Repository, Sessions,
    access::{Operation, Principal, Role},
};
use sea_orm::ActiveValue::Set;
use support::{Engine, TestDatabase, engines};
use tempfile::TempDir;

const PROCESSES: usize = 4;
const WORKERS_OF_A_PROCESS: usize = 4;
const GROUPS: usize = 1_000;
const NOW: UnixTime = UnixTime(1_760_000_000.0);

/// What a process is told.
const TASK: &str = "QUEUE_TEST_TASK";
const DATABASE: &str = "QUEUE_TEST_DATABASE";
const OUTPUT: &str = "QUEUE_TEST_OUTPUT";
const NUMBER: &str = "QUEUE_TEST_NUMBER";

engines!(each_group_is_taken_once, subbands_of_many_recorders_fill_their_groups);

/// What a process does that was told so; as a test on its own it has nothing to do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_works() {
    let Ok(task) = env::var(TASK) else { return };
    let location = Location::parse(&env::var(DATABASE).unwrap()).unwrap();
    let address = Address::new(Database::Ingest, location, Origin::Argument("test"));
    let sessions = Sessions::new(vec![address]);
    let process: usize = env::var(NUMBER).unwrap().parse().unwrap();
    let workers = (0..WORKERS_OF_A_PROCESS).map(|worker| {
        let (sessions, number) = (sessions.clone(), process * WORKERS_OF_A_PROCESS + worker);
        let takes = task == "take";
        tokio::spawn(async move {
            if takes {
                take(&sessions, number).await
            } else {
                record(&sessions, number).await;
                Vec::new()
            }
        })
    });
    let mut taken = Vec::new();
    for worker in workers.collect::<Vec<_>>() {
        taken.append(&mut worker.await.unwrap());
    }
    fs::write(env::var(OUTPUT).unwrap(), taken.join("\n")).unwrap();
}

/// Takes groups until none is left. Every other worker is somebody whose changes are recorded.
async fn take(sessions: &Sessions, number: usize) -> Vec<String> {
    let mut taken = Vec::new();
    let somebody = Principal::new(format!("worker {number}"), Role::Operator);
    loop {
        let group = if number.is_multiple_of(2) {
            let operation = Operation::AcquireNextIngestGroup;
            let work = sessions.work(Some(&somebody), operation, None, NOW).unwrap();
            let groups = work.table::<ingest_group::Entity>().await.unwrap();
            let group = groups.acquire_next_pending(NOW).await.unwrap();
            work.commit().await.unwrap();
            group
        } else {
            let transaction = sessions.begin(Database::Ingest).await.unwrap();
            let groups = Repository::<_, ingest_group::Entity>::new(&transaction);
            let group = groups.acquire_next_pending(NOW).await.unwrap();
            transaction.commit().await.unwrap();
            group
        };
        match group {
            Some(group) => taken.push(group.group_id),
            None => return taken,
        }
    }
}

/// Records one subband of every group.
async fn record(sessions: &Sessions, subband: usize) {
    for group in 0..20 {
        let group = format!("2025-10-02T{group:02}:00:00");
        let transaction = sessions.begin(Database::Ingest).await.unwrap();
        let groups = Repository::<_, ingest_group::Entity>::new(&transaction);
        let path = format!("/data/{group}_sb{subband:02}.hdf5");
        let subband = i32::try_from(subband).unwrap();
        groups.record_subband(&group, subband, &path, None, NOW).await.unwrap();
        transaction.commit().await.unwrap();
    }
}

/// Processes that do `task`, and what each wrote.
fn run(task: &str, database: &TestDatabase) -> Vec<Vec<String>> {
    let folder = TempDir::new().unwrap();
    let output = |number: usize| folder.path().join(number.to_string());
    let processes: Vec<Child> =
        (0..PROCESSES).map(|number| process(task, database, number, &output(number))).collect();
    for mut process in processes {
        assert!(process.wait().unwrap().success(), "a process failed");
    }
    let lines = |number| {
        let text = fs::read_to_string(output(number)).unwrap();
        text.lines().map(str::to_owned).collect()
    };
    (0..PROCESSES).map(lines).collect()
}

fn process(task: &str, database: &TestDatabase, number: usize, output: &Path) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "a_process_works", "--quiet"])
        .env(TASK, task)
        .env(DATABASE, database.url())
        .env(OUTPUT, output)
        .env(NUMBER, number.to_string())
        .spawn()
        .unwrap()
}

async fn each_group_is_taken_once(engine: Engine) {
    let database = TestDatabase::migrated(Database::Ingest, engine).await;
    let sessions = database.sessions();
    let group = |index: usize| {
        let minute = i64::try_from(index).unwrap() * 5;
        let start = chrono::DateTime::from_timestamp(1_759_000_000 + minute * 60, 0).unwrap();
        ingest_group::ActiveModel {
            group_id: Set(start.format("%Y-%m-%dT%H:%M:%S").to_string()),
            state: Set(IngestState::Pending),
            received_at: Set(NOW),
            last_update: Set(NOW),
            ..Default::default()
        }
    };
    let transaction = sessions.begin(Database::Ingest).await.unwrap();
    let groups = Repository::<_, ingest_group::Entity>::new(&transaction);
    groups.insert_many((0..GROUPS).map(group)).await.unwrap();
    transaction.commit().await.unwrap();

    let by_process = run("take", &database);
    let taken: Vec<&String> = by_process.iter().flatten().collect();
    let distinct: BTreeSet<&String> = taken.iter().copied().collect();
    assert_eq!(taken.len(), GROUPS, "every group was taken");
    assert_eq!(distinct.len(), GROUPS, "none was taken twice");
    // Within a worker the earliest come first; a process mixes four of them.
    let reader = sessions.reader(Database::Ingest).await.unwrap();
    let groups = Repository::<_, ingest_group::Entity>::new(&reader);
    let in_progress = Filter::eq(ingest_group::Column::State, IngestState::InProgress);
    assert_eq!(groups.count(&in_progress).await.unwrap(), GROUPS as u64);
}

async fn subbands_of_many_recorders_fill_their_groups(engine: Engine) {
    let database = TestDatabase::migrated(Database::Ingest, engine).await;
    run("record", &database);
    let sessions = database.sessions();
    let reader = sessions.reader(Database::Ingest).await.unwrap();
    let files = Repository::<_, subband_file::Entity>::new(&reader);
    assert_eq!(files.count(&Filter::default()).await.unwrap(), 20 * 16);
    let counts =
        Repository::<_, ingest_group::Entity>::new(&reader).counts_by_state().await.unwrap();
    let full = counts.iter().find(|(state, _)| *state == IngestState::Pending).unwrap().1;
    assert_eq!(full, 20, "of the last two subbands one sees both: {counts:?}");
}
