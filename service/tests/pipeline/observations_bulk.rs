//! What ingesting many observations costs.

use std::{env, fs, process::Command};

use almanac_service::{
    access::{Operation, Principal, Role},
    astrid::{OnDuplicate, ingest_batch},
};

use crate::{
    support::{Engine, engines},
    world::{World, exposure, now, sized},
};

engines! { ast_x_04_memory_does_not_grow_with_the_file, two_who_ingest_one_file_ingest_it_once }

/// Set in the process that ingests: other tests use memory in this one.
const CHILD: &str = "ALMANAC_TEST_INGESTS";
/// More than this is too much, KiB.
const MOST: i64 = 200 * 1000 * 1000 / 1024;

/// Memory of this process that is in use, KiB.
fn resident() -> i64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

async fn ast_x_04_memory_does_not_grow_with_the_file(engine: Engine) {
    if env::var_os(CHILD).is_none() {
        let name = match engine {
            Engine::Sqlite => {
                "observations_bulk::sqlite::ast_x_04_memory_does_not_grow_with_the_file"
            }
            Engine::Postgres => {
                "observations_bulk::postgres::ast_x_04_memory_does_not_grow_with_the_file"
            }
        };
        let status = Command::new(env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .env(CHILD, "1")
            .status()
            .unwrap();
        assert!(status.success(), "{status}");
        return;
    }
    let world = World::new(engine).await;
    let survey = world.survey("Bulk").await.id;
    // What the first rows bring along does not grow with the file.
    world.observation(survey, "first").await;
    let before = resident();
    let count = sized(100_000);
    let file = (0..count).map(|index| {
        let ra = f64::from(u32::try_from(index % 36_000).unwrap()) / 100.0;
        Ok(exposure(survey, &format!("exposure {index}"), ra, 2.0))
    });
    let work = world.work(now());
    let outcome = ingest_batch(&work, file, OnDuplicate::Skip, now()).await.unwrap();
    let grown = resident() - before;
    assert_eq!(outcome.inserted, u64::try_from(count).unwrap());
    eprintln!("{engine:?}: {count} observations grew the memory in use by {grown} KiB");
    assert!(grown < MOST, "{grown} KiB");
}

async fn two_who_ingest_one_file_ingest_it_once(engine: Engine) {
    let world = World::new(engine).await;
    let surveys = [world.survey("One").await.id, world.survey("Other").await.id];
    // Rows of two surveys take turns, so that whoever locks them out of order would meet a deadlock.
    let ingests = [0, 1].map(|first| {
        let sessions = world.test.sessions();
        tokio::spawn(async move {
            let (ada, operation) =
                (Principal::new("ada", Role::Operator), Operation::WorkOnAstridJobs);
            let work = sessions.work(Some(&ada), operation, None, now().into()).unwrap();
            let rows = (0..1_200).map(|index| {
                let survey = surveys[(index + first) % 2];
                Ok(exposure(survey, &format!("{}", index / 2), 1.0, 2.0))
            });
            ingest_batch(&work, rows, OnDuplicate::Skip, now()).await.unwrap()
        })
    });
    let (mut inserted, mut duplicates) = (0, 0);
    for outcome in ingests {
        let outcome = outcome.await.unwrap();
        inserted += outcome.inserted;
        duplicates += outcome.duplicates;
        assert_eq!(outcome.rejected, 0);
    }
    assert_eq!(inserted + duplicates, 2_400);
    assert_eq!(u64::try_from(world.count("observations").await).unwrap(), inserted);
    assert_eq!(inserted, 1_200, "each of them once");
}
