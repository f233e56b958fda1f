//! Databases go from one engine to the other and back, and are the same.

use almanac_database::{Database, Location};
use almanac_upkeep::{copy::copy, digest::differences};
use sea_orm::{ConnectionTrait, Statement};

use crate::{
    digest::known,
    fill::fill,
    support::{Engine, TestDatabase, engines},
};

engines!(a_target_with_rows_is_refused, numbers_go_on, tables_of_others_are_not_lost);

/// The engine that is not this one.
fn other(engine: Engine) -> Engine {
    match engine {
        Engine::Sqlite => Engine::Postgres,
        Engine::Postgres => Engine::Sqlite,
    }
}

#[tokio::test]
async fn sqlite_to_postgres_and_back_is_the_same() {
    for database in Database::ALL {
        let source = TestDatabase::migrated(database, Engine::Sqlite).await;
        fill(&source, 3).await;
        let expected = known(&source).await;
        let middle = TestDatabase::new(database, Engine::Postgres).await;
        let mut told = Vec::new();
        let copied =
            copy(source.address(), middle.address(), |progress| told.push(progress.clone()))
                .await
                .unwrap();
        assert_eq!(copied.tables, expected);
        assert_eq!(differences(&expected, &known(&middle).await), [""; 0]);
        let last = told.last().unwrap();
        assert!(told.len() >= expected.len() && last.rows == last.of && last.of > 0, "{last:?}");
        // The revisions' own rows make way, and their triggers are back.
        if database == Database::Astrid {
            let connection = middle.connection().await;
            connection.execute_unprepared("DELETE FROM audit_log").await.unwrap_err();
            connection.close().await.unwrap();
        }
        let back = TestDatabase::new(database, Engine::Sqlite).await;
        copy(middle.address(), back.address(), |_| {}).await.unwrap();
        assert_eq!(differences(&expected, &known(&back).await), [""; 0]);
        for test in [&middle, &back] {
            let status = almanac_migration::status(test.address()).await.unwrap();
            assert_eq!(status.pending().count(), 0);
        }
    }
}

async fn run(test: &TestDatabase, sql: &str) {
    let connection = test.connection().await;
    connection.execute_unprepared(sql).await.unwrap();
    connection.close().await.unwrap();
}

async fn a_target_with_rows_is_refused(engine: Engine) {
    let source = TestDatabase::migrated(Database::Hdf5, other(engine)).await;
    fill(&source, 1).await;
    let target = TestDatabase::migrated(Database::Hdf5, engine).await;
    run(
        &target,
        "INSERT INTO pointing_history (timestamp, ra_deg, dec_deg) VALUES (1.5, 2.5, 3.5)",
    )
    .await;
    let before = known(&target).await;
    let message = copy(source.address(), target.address(), |_| {}).await.unwrap_err().to_string();
    assert!(message.starts_with("target: ") && message.contains("1 rows in pointing_history"));
    assert_eq!(known(&target).await, before);
    run(&target, "DELETE FROM pointing_history").await;
    copy(source.address(), target.address(), |_| {}).await.unwrap();
    assert_eq!(known(&target).await, known(&source).await);
}

/// Nothing is given a number that a row had, even one that is gone.
async fn numbers_go_on(engine: Engine) {
    let source = TestDatabase::migrated(Database::Products, other(engine)).await;
    let row = |name: &str| {
        format!(
            "INSERT INTO mosaics (path, name, created_at, start_mjd, end_mjd) \
             VALUES ('{name}', 'x', 1, 2, 3)"
        )
    };
    for name in ["a", "b", "c"] {
        run(&source, &row(name)).await;
    }
    run(&source, "DELETE FROM mosaics WHERE path = 'c'").await;
    let target = TestDatabase::new(Database::Products, engine).await;
    copy(source.address(), target.address(), |_| {}).await.unwrap();
    run(&target, &row("d")).await;
    let connection = target.connection().await;
    let ask = "SELECT CAST(id AS bigint) FROM mosaics WHERE path = 'd'";
    let ask = Statement::from_string(connection.get_database_backend(), ask);
    let id: i64 =
        connection.query_one_raw(ask).await.unwrap().unwrap().try_get_by_index(0).unwrap();
    assert_eq!(id, 4);
    connection.close().await.unwrap();
}

async fn tables_of_others_are_not_lost(engine: Engine) {
    let source = TestDatabase::migrated(Database::Hdf5, other(engine)).await;
    run(&source, "CREATE TABLE notes (text text)").await;
    run(&source, "INSERT INTO notes VALUES ('mine')").await;
    let target = TestDatabase::new(Database::Hdf5, engine).await;
    let message = copy(source.address(), target.address(), |_| {}).await.unwrap_err().to_string();
    assert!(message.starts_with("source: ") && message.contains("notes"), "{message}");
    is_not_there(&target).await;
}

/// A value that the target cannot hold stops the copy, which leaves nothing.
#[tokio::test]
async fn sqlite_value_that_postgres_cannot_hold_is_named() {
    let source = TestDatabase::migrated(Database::Hdf5, Engine::Sqlite).await;
    run(
        &source,
        "INSERT INTO pointing_history (timestamp, ra_deg, dec_deg) VALUES (1.5, 'north', 3.5)",
    )
    .await;
    let target = TestDatabase::new(Database::Hdf5, Engine::Postgres).await;
    let message = copy(source.address(), target.address(), |_| {}).await.unwrap_err().to_string();
    assert!(message.contains("pointing_history.ra_deg") && message.contains("north"), "{message}");
    is_not_there(&target).await;
}

async fn is_not_there(target: &TestDatabase) {
    match &target.address().location {
        Location::File(path) => {
            let folder = std::fs::read_dir(path.parent().unwrap()).unwrap();
            assert_eq!(folder.count(), 0);
        }
        _ => assert_eq!(known(target).await, []),
    }
    let mut scratch = target.address().clone();
    "hdf5__copying".clone_into(&mut scratch.schema);
    if !matches!(scratch.location, Location::File(_)) {
        assert_eq!(almanac_upkeep::digest::digests_at(&scratch).await.unwrap(), []);
    }
}

/// Instants and decimals with more digits than PostgreSQL keeps are copied as it would round them.
#[tokio::test]
async fn sqlite_digits_that_postgres_does_not_keep_do_not_matter() {
    let source = TestDatabase::migrated(Database::Astrid, Engine::Sqlite).await;
    run(
        &source,
        "INSERT INTO observations (id, observation_id, ra, dec, survey_id, observation_time, \
         filter_band, exposure_time, fits_url) SELECT randomblob(16), 'x', 1.23456785, -0.00000005, id, \
         '2025-01-01T00:00:00.123456789+00:00', 'g', 30, 'file:///x' FROM surveys LIMIT 1",
    )
    .await;
    let target = TestDatabase::new(Database::Astrid, Engine::Postgres).await;
    copy(source.address(), target.address(), |_| {}).await.unwrap();
    assert_eq!(known(&target).await, known(&source).await);
}
