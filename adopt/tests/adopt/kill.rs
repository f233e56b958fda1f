//! Killed at any moment, an adoption leaves the old file or the new one, and is finished by the same command.

use std::env;

use almanac_adopt::{Options, Outcome};
use almanac_database::Database;
use almanac_upkeep::digest::{TableDigest, digests_at};

use crate::{
    file::{INGEST, Legacy, now},
    process::{cases, run, run_killed},
};

const WORK: &str = "kill::work";

/// What the killed processes do, by a variable that only they have.
#[tokio::test]
async fn work() {
    let Some(file) = env::var_os("ADOPT_FILE") else { return };
    let options = Options {
        reshape: true,
        backups: env::var_os("ADOPT_BACKUPS").map(Into::into),
        wait: std::time::Duration::from_secs(30),
        dry_run: false,
        now: now(),
    };
    almanac_adopt::adopt(file.as_ref(), None, &options, |_| {}).await.unwrap();
}

/// What the file holds, the books' instants apart, once a program that may write has looked at it.
async fn digests(legacy: &Legacy) -> Vec<TableDigest> {
    legacy
        .open()
        .execute_batch("SELECT COUNT(*) FROM sqlite_schema; BEGIN IMMEDIATE; COMMIT")
        .unwrap();
    let database = Database::Ingest;
    let mut digests = digests_at(&legacy.address(database)).await.unwrap();
    digests.retain(|table| !database.is_books(&table.table));
    digests
}

#[tokio::test]
async fn a_killed_adoption_leaves_old_or_new() {
    let rows = "WITH RECURSIVE n (i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) \
                INSERT INTO subband_files SELECT 'group ' || i, i, '/in/' || i FROM n;";
    let sql = format!("{INGEST} {rows}");
    let file = |legacy: &Legacy| legacy.path.to_str().unwrap().to_owned();
    let whole = Legacy::new(&sql);
    let old = digests(&whole).await;
    let took = run(WORK, &[("ADOPT_FILE", &file(&whole))]);
    let new = digests(&whole).await;
    for case in 0..cases() {
        let legacy = Legacy::new(&sql);
        let backups = legacy.folder().join(format!("backups {case}"));
        let file = file(&legacy);
        let variables = [("ADOPT_FILE", &*file), ("ADOPT_BACKUPS", backups.to_str().unwrap())];
        run_killed(WORK, &variables[..1], took * case / cases());
        let found = digests(&legacy).await;
        assert!(found == old || found == new, "{found:?}");
        run(WORK, &variables);
        assert_eq!(digests(&legacy).await, new);
        assert_eq!(legacy.adopt().await.outcome, Outcome::NothingToDo);
    }
}
