//! What revisions do to rows, on SQLite in memory.

use sea_orm_migration::{
    MigratorTraitSelf,
    prelude::{ConnectionTrait, DbErr},
    sea_orm::{Database, DatabaseConnection, DbBackend, Statement},
};
use serde_json::Value;

use crate::revisions;

const CONVERTIBLE: &str = r#"{"observation_id": "ztf-1", "survey": "ztf", "ra": 359.99999999, "dec": -12.5,
    "observation_time": "2024-03-01T12:00:00Z", "filter_band": "zg", "exposure_time": 30,
    "fits_url": "https://example.org/1.fits", "note": 0.12345678901234567890123}"#;

async fn migrated(steps: u32) -> DatabaseConnection {
    let connection = Database::connect("sqlite::memory:").await.unwrap();
    revisions().up(&connection, Some(steps)).await.unwrap();
    connection
}

/// The first column of what `sql` selects, as text.
async fn select(connection: &DatabaseConnection, sql: &str) -> Vec<Option<String>> {
    let statement = Statement::from_string(DbBackend::Sqlite, sql);
    let rows = connection.query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

async fn add(connection: &DatabaseConnection, number: u8, data: Option<&str>) {
    let sql =
        "INSERT INTO example_model (id, name, data, created_at, updated_at) VALUES (?, ?, ?, ?, ?)";
    let (made, changed) = ("2024-05-01T00:00:00.000001+00:00", "2024-05-02T00:00:00+00:00");
    let id = uuid::Uuid::from_u128(number.into());
    let values =
        [id.into(), format!("row {number}").into(), data.into(), made.into(), changed.into()];
    let insert = Statement::from_sql_and_values(DbBackend::Sqlite, sql, values);
    connection.execute_raw(insert).await.unwrap();
}

fn blocked(outcome: Result<(), DbErr>, word: &str) -> String {
    match outcome {
        Err(DbErr::Migration(message)) if message.starts_with(word) => message,
        other => panic!("expected {word}, got {other:?}"),
    }
}

#[tokio::test]
async fn every_legacy_row_survives_its_table() {
    let connection = migrated(3).await;
    for (number, data) in [
        (1, Some(CONVERTIBLE)),
        (2, Some(CONVERTIBLE)),
        (3, Some(r#"{"observation_id": "x", "ra": 1}"#)),
        (4, Some("null")),
        (5, None),
    ] {
        add(&connection, number, data).await;
    }
    let rows = "SELECT hex(id) || name || COALESCE(data, '-') || created_at || updated_at \
        FROM example_model ORDER BY id";
    let before = select(&connection, rows).await;

    revisions().up(&connection, Some(2)).await.unwrap();
    assert_eq!(
        select(
            &connection,
            "SELECT json_extract(value, '$.reason') FROM system_config WHERE NOT is_active \
            ORDER BY \"key\""
        )
        .await,
        [
            None,
            Some("duplicate".to_owned()),
            Some("missing:dec".to_owned()),
            Some("type:data".to_owned()),
            Some("missing:data".to_owned()),
        ]
    );
    assert_eq!(
        select(
            &connection,
            "SELECT o.ra || ' ' || s.name || ' ' || o.status || ' ' || o.created_at \
            FROM observations o JOIN surveys s ON s.id = o.survey_id"
        )
        .await,
        [Some("0.0 ZTF ingested 2024-05-01T00:00:00.000001+00:00".to_owned())]
    );

    revisions().down(&connection, Some(1)).await.unwrap();
    assert_eq!(select(&connection, rows).await, before);
    revisions().down(&connection, Some(1)).await.unwrap();
    assert_eq!(
        select(&connection, "SELECT COUNT(*) || '' FROM observations").await,
        [Some("0".to_owned())]
    );
    revisions().up(&connection, None).await.unwrap();
}

#[tokio::test]
async fn observations_without_a_known_survey_share_one() {
    let connection = migrated(3).await;
    for number in 1..=2 {
        let data =
            CONVERTIBLE.replace("ztf-1", &number.to_string()).replace("\"ztf\"", "\"elsewhere\"");
        add(&connection, number, Some(&data)).await;
    }
    revisions().up(&connection, Some(1)).await.unwrap();
    let legacy = "SELECT s.name FROM observations o JOIN surveys s ON s.id = o.survey_id WHERE NOT s.is_active";
    assert_eq!(select(&connection, legacy).await, vec![Some("LEGACY".to_owned()); 2]);
    revisions().down(&connection, Some(1)).await.unwrap();
    assert!(select(&connection, "SELECT name FROM surveys WHERE name = 'LEGACY'").await.is_empty());
}

#[tokio::test]
async fn batches_are_of_any_number() {
    let connection = migrated(3).await;
    connection
        .execute_unprepared(
            "INSERT INTO example_model (id, name) \
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1203) \
             SELECT randomblob(16), 'row ' || i FROM n",
        )
        .await
        .unwrap();
    revisions().up(&connection, None).await.unwrap();
    revisions().down(&connection, Some(7)).await.unwrap();
    assert_eq!(
        select(&connection, "SELECT COUNT(*) || '' FROM example_model").await,
        [Some("1203".to_owned())]
    );
}

#[tokio::test]
async fn a_row_that_was_not_preserved_stays() {
    let connection = migrated(3).await;
    add(&connection, 1, Some("{}")).await;
    revisions().up(&connection, Some(1)).await.unwrap();
    connection.execute_unprepared("UPDATE example_model SET description = 'new'").await.unwrap();
    blocked(revisions().up(&connection, Some(1)).await, "RetireBlocked");
    connection.execute_unprepared("DELETE FROM example_model").await.unwrap();
    blocked(revisions().up(&connection, Some(1)).await, "RetireBlocked");
    assert_eq!(
        select(&connection, "SELECT COUNT(*) || '' FROM example_model").await,
        [Some("0".to_owned())]
    );
}

#[tokio::test]
async fn a_table_of_the_same_name_is_looked_at_first() {
    let connection = Database::connect("sqlite::memory:").await.unwrap();
    connection
        .execute_unprepared("CREATE TABLE example_model (id integer primary key, name text)")
        .await
        .unwrap();
    blocked(revisions().up(&connection, Some(1)).await, "LegacySchemaMismatch");

    let connection = Database::connect("sqlite::memory:").await.unwrap();
    connection
        .execute_unprepared(
            "CREATE TABLE example_model (id uuid_text PRIMARY KEY, name varchar(100) NOT NULL, \
             description text, data jsonb_text, created_at timestamp_with_timezone_text NOT NULL, \
             updated_at timestamp_with_timezone_text NOT NULL)",
        )
        .await
        .unwrap();
    add(&connection, 1, Some(CONVERTIBLE)).await;
    revisions().up(&connection, None).await.unwrap();
    assert_eq!(select(&connection, "SELECT observation_id FROM observations").await.len(), 1);
}

#[tokio::test]
async fn seed_rows_in_use_stay() {
    let connection = migrated(2).await;
    connection
        .execute_unprepared("INSERT INTO surveys (id, name) VALUES (x'00', 'ZTF')")
        .await
        .unwrap();
    revisions().up(&connection, Some(1)).await.unwrap();
    assert_eq!(select(&connection, "SELECT name FROM surveys").await.len(), 8);
    connection
        .execute_unprepared(
            "UPDATE surveys SET updated_at = '2999-01-01T00:00:00+00:00' WHERE name = 'HST'; \
             INSERT INTO observations (id, survey_id, observation_id, ra, dec, observation_time, filter_band, \
                exposure_time, fits_url) \
             SELECT x'01', id, '1', 0, 0, '', '', 1, '' FROM surveys WHERE name = 'TESS'",
        )
        .await
        .unwrap();
    let message = blocked(revisions().down(&connection, Some(1)).await, "DowngradeBlocked");
    assert!(message.contains("HST") && message.contains("TESS (1 observations)"), "{message}");
    migration_support::ALLOW_DATA_LOSS
        .scope(true, async { revisions().down(&connection, Some(1)).await })
        .await
        .unwrap();
    assert_eq!(select(&connection, "SELECT name FROM surveys").await, [Some("ZTF".to_owned())]);
}

#[tokio::test]
async fn the_audit_log_only_grows() {
    let connection = migrated(10).await;
    for sql in ["UPDATE audit_log SET action = 'x'", "DELETE FROM audit_log"] {
        let error = connection.execute_unprepared(sql).await.unwrap_err();
        assert!(error.to_string().contains("audit_log is append-only"), "{error}");
    }
    let baseline = select(&connection, "SELECT new_values FROM audit_log").await;
    let baseline: Value = serde_json::from_str(baseline[0].as_deref().unwrap()).unwrap();
    assert_eq!(baseline["rows"]["surveys"], 8);

    connection
        .execute_unprepared(
            "INSERT INTO audit_log (id, entity_type, entity_id, action) VALUES (x'01', 'survey', x'02', 'survey.create')",
        )
        .await
        .unwrap();
    blocked(revisions().down(&connection, Some(1)).await, "DowngradeBlocked");
    let error = connection.execute_unprepared("DELETE FROM audit_log").await.unwrap_err();
    assert!(error.to_string().contains("append-only"), "the triggers are back: {error}");
}
