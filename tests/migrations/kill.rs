//! Killed at any moment, an upgrade leaves the database at one revision or the next, and the same command finishes it.

use std::{
    process::{Command, Stdio},
    time::Instant,
};

use almanac_database::Database;
use almanac_migration::{Target, downgrade, status, verify};
use almanac_upkeep::digest::{TableDigest, digests_at};
use tempfile::TempDir;

use crate::{
    fill::fill,
    process::{cases, start_and_kill},
    support::{Engine, TestDatabase, engines},
};

engines!(an_upgrade_leaves_one_revision_or_the_next);

async fn an_upgrade_leaves_one_revision_or_the_next(engine: Engine) {
    let test = TestDatabase::migrated(Database::Products, engine).await;
    fill(&test, 3).await;
    let state = TempDir::new().unwrap();
    back(&test).await;
    let started = Instant::now();
    assert!(upgrade(&test, &state).status().unwrap().success());
    let (whole, all) = (started.elapsed(), rows(&test).await);

    for case in 0..cases() {
        back(&test).await;
        start_and_kill(&mut upgrade(&test, &state), whole * case / cases());
        let verdict = verify(test.address()).await.unwrap();
        assert!(verdict.is_clean(), "{case}: {:?}", verdict.faults());
        assert!(upgrade(&test, &state).status().unwrap().success(), "{case}");
        assert_eq!(status(test.address()).await.unwrap().pending().count(), 0);
        assert!(verify(test.address()).await.unwrap().is_clean(), "{case}");
        assert_eq!(rows(&test).await, all, "{case}");
    }
}

/// Takes all revisions back but the first ones, whose tables keep their rows.
async fn back(test: &TestDatabase) {
    let first = Target::Revision("frontend_tables".to_owned());
    downgrade(test.address(), &first, true, |_| {}).await.unwrap();
}

fn upgrade(test: &TestDatabase, state: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_almanac"));
    command.env("PIPELINE_STATE_DIR", state.path()).stdout(Stdio::null()).stderr(Stdio::null());
    command.args(["migrate", "upgrade", "--database", "products", "--database-url", &test.url()]);
    command
}

async fn rows(test: &TestDatabase) -> Vec<TableDigest> {
    let digests = digests_at(test.address()).await.unwrap();
    digests.into_iter().filter(|table| table.known).collect()
}
