//! Killed at any moment, a piece of work is done or not, and the same command finishes it.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{
    process::{cases, start_and_kill},
    support::{Engine, engines},
    takeover::World,
};

engines!(a_killed_takeover_leaves_old_or_new);

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
        let mut migrate = Command::new(env!("CARGO_BIN_EXE_almanac"));
        migrate
            .env_clear()
            .env("PIPELINE_STATE_DIR", world.state.path())
            .env("PIPELINE_CALIBRATORS_DB", world.calibrators.url())
            .args(["calibrators", "migrate"]);
        start_and_kill(&mut migrate, whole * case / cases());
        let found = world.report(0, &["count"]);
        assert!(found == old || found == new, "{found}");
        let finished = world.report(0, &["migrate", "--verify"]);
        assert_eq!(finished["verification"]["missing"], json!([]));
        assert_eq!(world.report(0, &["count"]), new);
    }
}
