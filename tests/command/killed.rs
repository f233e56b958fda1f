//! Killed at any moment, a piece of work is done or not, and the same command finishes it.

use std::{
    env,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{
    support::{Engine, engines},
    takeover::World,
};

engines!(a_killed_takeover_leaves_old_or_new);

/// How often something is killed.
fn cases() -> u32 {
    env::var("ALMANAC_TEST_CASES").map_or(4, |cases| cases.parse().unwrap())
}

/// Starts `almanac` and kills it when so much time has passed.
fn killed(world: &World, arguments: &[&str], after: Duration) {
    let started = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_almanac"))
        .env_clear()
        .env("PIPELINE_STATE_DIR", world.state.path())
        .env("PIPELINE_CALIBRATORS_DB", world.calibrators.url())
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while started.elapsed() < after && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    let _ = child.kill();
    child.wait().unwrap();
}

async fn a_killed_takeover_leaves_old_or_new(engine: Engine) {
    let (mut whole, mut old, mut new) = (Duration::ZERO, json!(null), json!(null));
    for case in 0..=cases() {
        let world = World::filled(engine).await;
        world.calibrators.migrate().await;
        world.report(0, &["register", "mine", "1", "2"]);
        if case == 0 {
            old = world.report(0, &["count"]);
            let started = Instant::now();
            world.report(0, &["migrate"]);
            whole = started.elapsed();
            new = world.report(0, &["count"]);
            continue;
        }
        killed(&world, &["calibrators", "migrate"], whole * case / cases());
        let found = world.report(0, &["count"]);
        assert!(found == old || found == new, "{found}");
        let finished = world.report(0, &["migrate", "--verify"]);
        assert_eq!(finished["verification"]["missing"], json!([]));
        assert_eq!(world.report(0, &["count"]), new);
    }
}
