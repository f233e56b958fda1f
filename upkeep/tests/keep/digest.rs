//! Equal rows have equal digests, whichever engine keeps them; other rows have others.

use almanac_database::Database;
use almanac_upkeep::digest::{TableDigest, differences, digests, digests_at};
use proptest::{
    collection::{btree_map, vec},
    prelude::*,
    test_runner::{Config, TestRunner},
};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement, Value};
use serde_json::json;

use crate::{
    fill::fill,
    support::{Engine, TestDatabase, engines},
};

engines!(one_changed_cell_changes_one_digest, order_does_not_matter, strange_tables_are_marked);

/// The digests of what entities state: the migrators' books hold when each revision ran.
pub(crate) async fn known(test: &TestDatabase) -> Vec<TableDigest> {
    let digests = digests_at(test.address()).await.unwrap();
    digests.into_iter().filter(|digest| digest.known).collect()
}

#[tokio::test]
async fn sqlite_and_postgres_agree_on_every_table() {
    for database in Database::ALL {
        let mut found = Vec::new();
        for engine in [Engine::Sqlite, Engine::Postgres] {
            let test = TestDatabase::migrated(database, engine).await;
            fill(&test, 2).await;
            found.push(known(&test).await);
        }
        assert_eq!(differences(&found[0], &found[1]), Vec::<String>::new(), "{database}");
        assert!(found[0].iter().all(|table| table.rows > 0), "{database}: {:?}", found[0]);
        assert!(found[0].iter().all(|table| table.unknown_columns.is_empty()), "{database}");
    }
}

async fn run(test: &TestDatabase, sql: &str, values: Vec<Value>) {
    let connection = test.connection().await;
    run_on(&connection, sql, values).await;
    connection.close().await.unwrap();
}

async fn run_on(connection: &DatabaseConnection, sql: &str, values: Vec<Value>) {
    let backend = connection.get_database_backend();
    connection.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await.unwrap();
}

async fn one_changed_cell_changes_one_digest(engine: Engine) {
    let test = TestDatabase::migrated(Database::Products, engine).await;
    fill(&test, 2).await;
    let before = known(&test).await;
    run(&test, "UPDATE images SET noise_jy = NULL WHERE id = (SELECT MIN(id) FROM images)", vec![])
        .await;
    let changed = differences(&before, &known(&test).await);
    assert!(matches!(&changed[..], [only] if only.starts_with("images: ")), "{changed:?}");

    let before = known(&test).await;
    run(&test, "UPDATE images SET field_name = '' WHERE field_name IS NOT NULL", vec![]).await;
    let empty = known(&test).await;
    assert_eq!(differences(&before, &empty).len(), 1);
    run(&test, "UPDATE images SET field_name = NULL", vec![]).await;
    assert_eq!(differences(&empty, &known(&test).await).len(), 1, "empty text is not nothing");
}

async fn order_does_not_matter(engine: Engine) {
    let test = TestDatabase::migrated(Database::Hdf5, engine).await;
    let insert = "INSERT INTO pointing_history (timestamp, ra_deg, dec_deg) VALUES ($1, $2, $3)";
    let rows = [[1.5, 10.0, -1.0], [2.5, 20.0, 0.0], [3.5, 30.0, 1.0]];
    let mut found = Vec::new();
    for order in [[0, 1, 2], [2, 0, 1]] {
        run(&test, "DELETE FROM pointing_history", vec![]).await;
        for index in order {
            run(&test, insert, rows[index].map(Value::from).to_vec()).await;
        }
        found.push(known(&test).await);
    }
    assert_eq!(found[0], found[1]);
}

async fn strange_tables_are_marked(engine: Engine) {
    let test = TestDatabase::migrated(Database::Hdf5, engine).await;
    run(&test, "CREATE TABLE \"odd \"\"table\" (a integer, b text)", vec![]).await;
    run(&test, "INSERT INTO \"odd \"\"table\" VALUES (1, 'x'), (1, 'x')", vec![]).await;
    run(&test, "ALTER TABLE storage_locations ADD COLUMN extra text", vec![]).await;
    let digests = digests_at(test.address()).await.unwrap();
    let find = |name: &str| digests.iter().find(|digest| digest.table == name).unwrap();
    assert!(!find("odd \"table").known && find("odd \"table").rows == 2);
    assert_eq!(find("storage_locations").unknown_columns, ["extra"]);
    assert!(!find("seaql_migrations_hdf5").known);
}

/// A row of any values, for a table with numbers and JSON as text.
fn mosaic() -> impl Strategy<Value = Vec<Value>> {
    let float = || proptest::option::of(proptest::num::f64::NORMAL | proptest::num::f64::ZERO);
    (
        ".{1,20}",
        any::<i32>(),
        any::<i64>(),
        float(),
        float(),
        proptest::num::f64::NORMAL,
        proptest::option::of(json()),
        proptest::option::of("[^\0]{0,10}"),
    )
        .prop_map(|(path, int, bigint, ra, dec, time, tiles, word)| {
            vec![
                path.replace('\0', "").into(),
                int.into(),
                bigint.into(),
                ra.into(),
                dec.into(),
                time.into(),
                tiles.map(|tiles| tiles.to_string()).into(),
                word.into(),
            ]
        })
}

const MOSAIC: &str = "INSERT INTO mosaics (path, n_images, healpix, center_ra_deg, center_dec_deg, \
    created_at, tiles, status, name, start_mjd, end_mjd) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'x', 0, -0.0)";

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        proptest::num::f64::NORMAL.prop_map(Into::into),
        "[^\0]{0,8}".prop_map(Into::into),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Into::into),
            btree_map("[^\0]{0,4}", inner, 0..4)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

/// The same for UUID, JSON, yes and no, instants.
fn setting() -> impl Strategy<Value = Vec<Value>> {
    let instant = || {
        (-62_135_596_800_000_000_i64..253_402_300_799_000_000)
            .prop_map(|micros| chrono::DateTime::from_timestamp_micros(micros).unwrap())
    };
    (any::<u128>(), "[^\0]{1,30}", json(), any::<bool>(), instant(), instant()).prop_map(
        |(id, key, value, active, created, updated)| {
            vec![
                sea_orm::prelude::Uuid::from_u128(id).into(),
                key.into(),
                Value::Json(Some(Box::new(json!({ "value": value })))),
                active.into(),
                created.into(),
                updated.into(),
            ]
        },
    )
}

const SETTING: &str = "INSERT INTO system_config (id, key, value, is_active, created_at, updated_at) \
    VALUES ($1, $2, $3, $4, $5, $6)";

/// The same for decimals, with more digits than the column keeps.
fn observation() -> impl Strategy<Value = Vec<Value>> {
    (any::<u128>(), 0_i64..3_600_000_000_000, -900_000_000_000_i64..900_000_000_000).prop_map(
        |(id, ra, dec)| {
            let decimal = |digits| sea_orm::prelude::Decimal::new(digits, 10);
            vec![
                sea_orm::prelude::Uuid::from_u128(id).into(),
                id.to_string().into(),
                decimal(ra).into(),
                decimal(dec).into(),
            ]
        },
    )
}

const OBSERVATION: &str = "INSERT INTO observations (id, observation_id, ra, dec, survey_id, \
    observation_time, created_at, updated_at, filter_band, exposure_time, fits_url) \
    SELECT $1, $2, $3, $4, id, '2025-01-01 00:00:00+00:00', '2025-01-01T00:00:00Z', \
    '2025-01-01 02:00:00.000000+02:00', 'g', 30.0, 'file:///x' FROM surveys ORDER BY id LIMIT 1";

/// Whatever the values are, both engines have the same digest for them.
fn any_values(
    database: Database,
    table: &str,
    insert: &str,
    row: impl Strategy<Value = Vec<Value>>,
) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let tests = runtime.block_on(async {
        let sqlite = TestDatabase::migrated(database, Engine::Sqlite).await;
        [sqlite, TestDatabase::migrated(database, Engine::Postgres).await]
    });
    let connections =
        runtime.block_on(async { [tests[0].connection().await, tests[1].connection().await] });
    let mut runner =
        TestRunner::new(Config { cases: 48, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&vec(row, 1..4), |rows| {
        runtime.block_on(async {
            let mut found = Vec::new();
            for connection in &connections {
                run_on(connection, &format!("DELETE FROM {table}"), vec![]).await;
                for row in &rows {
                    run_on(connection, insert, row.clone()).await;
                }
                let all = digests(connection, database).await.unwrap();
                found.push(all.into_iter().find(|digest| digest.table == table));
            }
            prop_assert_eq!(&found[0], &found[1]);
            Ok(())
        })
    });
    outcome.unwrap();
}

#[test]
fn numbers_words_and_text_agree() {
    any_values(Database::Products, "mosaics", MOSAIC, mosaic());
}

#[test]
fn uuids_documents_and_instants_agree() {
    any_values(Database::Astrid, "system_config", SETTING, setting());
}

#[test]
fn decimals_agree() {
    any_values(Database::Astrid, "observations", OBSERVATION, observation());
}
