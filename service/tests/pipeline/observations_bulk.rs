//! What ingesting many observations costs.

use std::{env, fs, process::Command};

use almanac_service::astrid::{OnDuplicate, ingest_batch};

use crate::{
    support::{Engine, engines},
    world::{World, exposure, now, sized},
};

engines! { ast_x_04_memory_does_not_grow_with_the_file }

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
        let output = Command::new(env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .env(CHILD, "1")
            .output()
            .unwrap();
        print!("{}", String::from_utf8_lossy(&output.stdout));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
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
    println!("{engine:?}: {count} observations grew the memory in use by {grown} KiB");
    assert!(grown < MOST, "{grown} KiB");
}
