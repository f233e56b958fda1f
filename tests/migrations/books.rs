//! What is kept of applied revisions, and what is made of it.

use almanac_database::Database;
use almanac_migration::{Target, downgrade, plan, stamp, status, upgrade, verify};
use sea_orm::ConnectionTrait;

use crate::support::{Engine, TestDatabase, connect, engines};

engines!(
    each_revision_is_entered_and_struck,
    an_edited_revision_is_noticed,
    a_newer_program_s_revision_is_named_and_kept,
    a_stamp_says_only_what_is_true,
    a_plan_tells_statements_and_rows,
);

async fn each_revision_is_entered_and_struck(engine: Engine) {
    let test = TestDatabase::new(Database::Hdf5, engine).await;
    let address = test.address();
    let mut told = Vec::new();
    let done =
        upgrade(address, &Target::Head, |step| told.push(format!("{step:?}"))).await.unwrap();
    assert_eq!(told.len(), 2 * done.len(), "{told:?}");

    let at = status(address).await.unwrap();
    assert_eq!(at.current(), done.last().map(String::as_str));
    for revision in &at.revisions {
        let entry = revision.entry.as_ref().unwrap();
        assert_eq!((entry.how.as_str(), revision.edited), ("applied", false));
        assert!(entry.duration_sec.unwrap() >= 0.0 && entry.checksum.len() == 64, "{entry:?}");
    }
    downgrade(address, &Target::Steps(2), true, |_| {}).await.unwrap();
    let entries = status(address).await.unwrap().revisions.into_iter();
    assert_eq!(entries.filter(|revision| revision.entry.is_some()).count(), done.len() - 2);
}

async fn an_edited_revision_is_noticed(engine: Engine) {
    let test = TestDatabase::migrated(Database::Hdf5, engine).await;
    let address = test.address();
    assert!(verify(address).await.unwrap().is_clean());

    let first = status(address).await.unwrap().revisions[0].name.clone();
    let edit =
        format!("UPDATE seaql_migrations_hdf5_log SET checksum = '0' WHERE version = '{first}'");
    change(&test, &edit).await;
    assert!(status(address).await.unwrap().revisions[0].edited);
    let verdict = verify(address).await.unwrap();
    assert_eq!(verdict.edited, [first]);
    assert!(!verdict.is_clean());
}

async fn a_newer_program_s_revision_is_named_and_kept(engine: Engine) {
    let test = TestDatabase::migrated(Database::Hdf5, engine).await;
    let address = test.address();
    let later = "m20990101_000001_later";
    change(&test, &format!("INSERT INTO seaql_migrations_hdf5 VALUES ('{later}', 4070908800)"))
        .await;

    let at = status(address).await.unwrap();
    assert_eq!((at.current(), &at.unknown[..]), (Some(later), &[later.to_owned()][..]));
    let up = upgrade(address, &Target::Head, |_| {}).await.unwrap_err().to_string();
    let down = downgrade(address, &Target::Steps(1), true, |_| {}).await.unwrap_err().to_string();
    assert!(up.contains(later) && down.contains(later), "{up} {down}");
    assert_eq!(status(address).await.unwrap().unknown, [later]);

    stamp(address, &Target::Head, true, false).await.unwrap();
    assert!(status(address).await.unwrap().unknown.is_empty());
}

async fn a_stamp_says_only_what_is_true(engine: Engine) {
    let test = TestDatabase::migrated(Database::Hdf5, engine).await;
    let address = test.address();
    let refused = stamp(address, &Target::Base, false, false).await.unwrap_err().to_string();
    assert!(refused.contains("--force"), "{refused}");
    assert_eq!(status(address).await.unwrap().pending().count(), 0);

    assert_eq!(stamp(address, &Target::Base, false, true).await.unwrap(), None);
    let before = status(address).await.unwrap();
    assert_eq!(before.pending().count(), before.revisions.len());
    // The tables are there, so no revision can be applied; nothing is changed by trying.
    upgrade(address, &Target::Head, |_| {}).await.unwrap_err();

    let head = stamp(address, &Target::Head, false, false).await.unwrap();
    let at = status(address).await.unwrap();
    assert_eq!(at.current(), head.as_deref());
    assert!(at.revisions.iter().all(|one| one.entry.as_ref().unwrap().how == "stamped"));
    assert!(verify(address).await.unwrap().is_clean());
}

async fn a_plan_tells_statements_and_rows(engine: Engine) {
    let test = TestDatabase::new(Database::Hdf5, engine).await;
    let address = test.address();
    let all = plan(address, &Target::Head).await.unwrap();
    assert!(all.iter().all(|step| !step.script.up.is_empty() && step.rows.is_empty()));

    upgrade(address, &Target::Steps(1), |_| {}).await.unwrap();
    change(
        &test,
        "INSERT INTO hdf5_file_index (path, filename, group_id, subband_code, timestamp_iso, timestamp_mjd, \
         file_size_bytes, modified_time, indexed_at) \
         VALUES ('/a', 'a', 'g', 'sb00', '2025-10-02T00:00:00', 60950, 1, 1, 1), \
         ('/b', 'b', 'g', 'sb01', '2025-10-02T00:00:00', 60950, 1, 1, 1)",
    )
    .await;
    let rest = plan(address, &Target::Head).await.unwrap();
    assert_eq!(rest.len(), all.len() - 1);
    assert!(rest[0].rows.contains(&("hdf5_file_index".to_owned(), 2)), "{:?}", rest[0]);
    // Nothing was run.
    assert_eq!(status(address).await.unwrap().pending().count(), rest.len());
}

async fn change(test: &TestDatabase, sql: &str) {
    let connection = connect(test.address()).await;
    connection.execute_unprepared(sql).await.unwrap();
    connection.close().await.unwrap();
}
