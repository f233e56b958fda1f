//! The table that was before AstrID: how long it can be used, and what becomes of its rows.

use almanac_database::Database;
use almanac_entity::astrid::{observation, survey, system_config};
use almanac_service::{
    Error, Writer,
    astrid::{LegacyExample, LegacyExampleRepository},
};
use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, prelude::Uuid,
};
use sea_orm_migration::MigratorTraitSelf;
use serde_json::{Value as Json, json};

use crate::{
    schema::down,
    support::{Engine, Schema, TestDatabase, engines, revisions},
};

engines!(
    seed_rows_have_the_same_ids_everywhere,
    seed_rows_in_use_are_named,
    legacy_rows_can_be_changed_then_read_then_are_gone,
    legacy_rows_are_preserved_copied_and_come_back,
    a_legacy_row_that_was_not_preserved_stops_the_retirement,
    a_legacy_table_of_another_shape_is_left,
    a_copied_observation_with_rows_of_its_own_stays,
);

async fn up(connection: &DatabaseConnection, steps: u32) {
    revisions(Database::Astrid).up(connection, Some(steps)).await.unwrap();
}

/// A database with so many revisions.
async fn at(engine: Engine, steps: u32) -> (TestDatabase, DatabaseConnection) {
    let test = TestDatabase::new(Database::Astrid, engine).await;
    let connection = test.connection().await;
    up(&connection, steps).await;
    (test, connection)
}

#[track_caller]
fn blocked(outcome: Result<(), DbErr>, word: &str) -> String {
    match outcome {
        Err(DbErr::Migration(message)) if message.starts_with(word) => message,
        other => panic!("expected {word}, got {other:?}"),
    }
}

fn now() -> DateTime<Utc> {
    "2025-09-07T10:00:00.123456Z".parse().unwrap()
}

async fn seed_rows_have_the_same_ids_everywhere(engine: Engine) {
    let (_test, connection) = at(engine, 3).await;
    let surveys = survey::Entity::find().all(&connection).await.unwrap();
    assert_eq!(surveys.len(), 8);
    for (name, id, is_active) in [
        ("HST", "85bea485-3822-5774-80fe-47b679f65800", true),
        ("JWST", "a99eb1c3-eb43-5a5d-95c4-25da46234610", true),
        ("TESS", "1ce515f3-1746-5050-aabc-0851f3054d8e", true),
        ("DSS2", "0e7c105a-179a-5c18-bf3f-593f467c8837", true),
        ("ZTF", "fc8e41f0-052f-58d2-abbb-b49556c6906c", true),
        ("SDSS", "2f164faf-7508-5b07-9ad6-1bac9ef1fb18", false),
        ("LSST", "d9d03f93-84a0-52f5-ab63-0682126ee500", false),
        ("PS1", "4477d282-7370-51e7-89c5-dd455e0276d8", false),
    ] {
        let survey = surveys.iter().find(|survey| survey.name == name).unwrap();
        assert_eq!((survey.id.to_string(), survey.is_active), (id.to_owned(), is_active));
        assert_eq!(survey.created_at, survey.updated_at);
    }
    let settings = system_config::Entity::find().all(&connection).await.unwrap();
    assert_eq!(settings.len(), 11);
    for (key, id) in [
        ("survey_config:hst_galaxy_survey", "8e8c4894-be0d-5a9d-9d8f-e14ff84bbd99"),
        ("survey_config:jwst_exoplanet_survey", "1706ed4b-3be7-5882-88a0-1d8707821752"),
        ("survey_config:tess_continuous_survey", "4e98d0b5-a66e-5110-bdda-3250ffa14df7"),
        ("pipeline.preprocessing", "34ee2616-d2a5-5958-b114-1130f3cce3fb"),
        ("pipeline.differencing", "a20255ee-a03c-5f53-92ff-2cf0a6993fbf"),
        ("pipeline.detection", "dd685cf9-5df6-537c-b507-452f77c94507"),
        ("pipeline.schedule", "37976241-83f3-5680-a5f6-cd0fc3d8b0cc"),
        ("jobs.policy", "1236e89f-89b9-5ceb-9faa-2fcb81fcf1f8"),
        ("alerts.rules", "24fbda5c-a9bf-59e5-88d3-65e9956156a3"),
        ("curation.consensus", "e3dc1dcf-b885-5081-b46a-fa1edd970cc9"),
        ("backup.policy", "ebbf711f-e6cf-5474-842f-effa09ac3c4e"),
    ] {
        let setting = settings.iter().find(|setting| setting.key == key).unwrap();
        assert_eq!(setting.id.to_string(), id, "{key}");
        assert!(setting.value.is_object() && setting.is_active, "{key}");
    }
    let policy = settings.iter().find(|setting| setting.key == "backup.policy").unwrap();
    assert_eq!(
        policy.value,
        json!({"daily_cron": "0 2 * * *", "retention_days": 30, "rto_minutes": 60, "rpo_minutes": 15})
    );
}

async fn seed_rows_in_use_are_named(engine: Engine) {
    let (_test, connection) = at(engine, 3).await;
    for sql in [
        "UPDATE surveys SET updated_at = '2999-01-01 00:00:00+00:00' WHERE name = 'HST'",
        "UPDATE system_config SET updated_at = '2999-01-01 00:00:00+00:00' WHERE \"key\" = 'jobs.policy'",
    ] {
        connection.execute_unprepared(sql).await.unwrap();
    }
    let outcome = revisions(Database::Astrid).down(&connection, Some(1)).await;
    let message = blocked(outcome, "DowngradeBlocked");
    assert!(message.contains("the survey HST") && message.contains("jobs.policy"), "{message}");
    assert_eq!(survey::Entity::find().all(&connection).await.unwrap().len(), 8);
}

async fn legacy_rows_can_be_changed_then_read_then_are_gone(engine: Engine) {
    let (test, connection) = at(engine, 3).await;
    let writer = test.writer().await;
    let rows = LegacyExampleRepository::new(&writer);
    let new = |name: &str| LegacyExample { name: name.to_owned(), ..LegacyExample::default() };
    let first = rows.create(new("first"), now()).await.unwrap();
    assert_eq!((first.created_at, first.updated_at), (now(), now()));
    let later = now() + chrono::TimeDelta::seconds(1);
    let second = rows.create(new("second"), later).await.unwrap();
    let data = Some(json!({"observation_id": 7, "nothing": null}));
    let to = LegacyExample { data, description: Some("changed".to_owned()), ..new("first") };
    let changed = rows.update(first.id, to, later).await.unwrap();
    assert_eq!((changed.created_at, changed.updated_at), (now(), later));
    assert_eq!(rows.get(first.id).await.unwrap(), Some(changed.clone()));
    assert_eq!(rows.list(10, 0).await.unwrap(), [changed, second.clone()]);
    assert_eq!(rows.list(10, 1).await.unwrap(), std::slice::from_ref(&second));
    assert!(rows.delete(second.id).await.unwrap() && !rows.delete(second.id).await.unwrap());
    let nobody = rows.update(second.id, new("x"), now()).await;
    assert!(matches!(nobody, Err(Error::NotFound { .. })));
    for name in [" ".to_owned(), "x".repeat(101)] {
        let refused = rows.create(new(&name), now()).await;
        assert!(matches!(refused, Err(Error::Invalid { argument, .. }) if argument == "name"));
    }

    up(&connection, 1).await;
    assert_eq!(rows.list(10, 0).await.unwrap().len(), 1);
    assert!(rows.get(first.id).await.unwrap().is_some());
    assert!(
        writes(&rows, first.id).await.iter().all(|error| matches!(error, Error::LegacyReadOnly))
    );

    up(&connection, 1).await;
    assert!(
        writes(&rows, first.id).await.iter().all(|error| matches!(error, Error::LegacyRetired))
    );
    let reads = [rows.get(first.id).await.map(drop), rows.list(1, 0).await.map(drop)];
    assert!(reads.iter().all(|read| matches!(read, Err(Error::LegacyRetired))));
}

/// What each way to write says.
async fn writes(rows: &LegacyExampleRepository<'_, Writer>, id: Uuid) -> [Error; 3] {
    let new = || LegacyExample { name: "x".to_owned(), ..LegacyExample::default() };
    [
        rows.create(new(), now()).await.unwrap_err(),
        rows.update(id, new(), now()).await.unwrap_err(),
        rows.delete(id).await.unwrap_err(),
    ]
}

/// What a legacy row holds that is an observation.
fn observed(name: &str) -> Json {
    json!({
        "observation_id": name, "survey": "ztf", "ra": 359.999_999_99, "dec": -12.5,
        "observation_time": "2024-03-01T12:00:00Z", "filter_band": "zg", "exposure_time": 30,
        "fits_url": "https://example.org/1.fits",
    })
}

/// Makes a legacy row; later ones are newer.
async fn add(writer: &Writer, second: i64, data: Option<Json>) -> Uuid {
    let row = LegacyExample {
        name: format!("row {second}"),
        description: Some("it's old".to_owned()),
        data,
    };
    let made = now() + chrono::TimeDelta::seconds(second);
    LegacyExampleRepository::new(writer).create(row, made).await.unwrap().id
}

async fn legacy_rows_are_preserved_copied_and_come_back(engine: Engine) {
    let (test, connection) = at(engine, 3).await;
    let writer = test.writer().await;
    let mut far = observed("far");
    far["dec"] = json!(-91);
    let mut elsewhere = observed("elsewhere");
    elsewhere["survey"] = json!("nobody's");
    let rows = [
        (observed("1"), true, None),
        (observed("1"), false, Some("duplicate")),
        (far, false, Some("range:dec")),
        (json!({"observation_id": "x"}), false, Some("missing:ra")),
        (json!([1]), false, Some("type:data")),
        (elsewhere, true, None),
    ];
    let mut ids = Vec::new();
    for (second, (data, ..)) in (0..).zip(&rows) {
        ids.push(add(&writer, second, Some(data.clone())).await);
    }
    ids.push(add(&writer, 60, None).await);
    let legacy = LegacyExampleRepository::new(&writer).list(100, 0).await.unwrap();

    up(&connection, 2).await;
    assert!(!Schema::read(&connection).await.tables.contains_key("example_model"));
    let kept = system_config::Entity::find()
        .filter(system_config::Column::Key.starts_with("legacy.example_model."))
        .all(&connection)
        .await
        .unwrap();
    assert_eq!(kept.len(), legacy.len());
    let outcomes = rows.iter().map(|(_, converted, reason)| (*converted, *reason));
    for (row, (converted, reason)) in
        legacy.iter().zip(outcomes.chain([(false, Some("missing:data"))]))
    {
        let key = format!("legacy.example_model.{}", row.id);
        let setting = kept.iter().find(|setting| setting.key == key).unwrap();
        assert!(!setting.is_active);
        let instant =
            |time: DateTime<Utc>| time.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
        let expected = json!({
            "id": row.id, "name": row.name, "description": row.description, "data": row.data,
            "created_at": instant(row.created_at), "updated_at": instant(row.updated_at),
            "converted": converted, "reason": reason,
        });
        assert_eq!(setting.value, expected);
    }
    assert_eq!(
        copied(&connection).await,
        [
            (ids[0], "ZTF".to_owned(), legacy[0].created_at),
            (ids[5], "LEGACY".to_owned(), legacy[5].created_at)
        ]
    );

    // Back again: the same ids, values and instants.
    for _ in 0..2 {
        down(&revisions(Database::Astrid), &connection).await.unwrap();
        let found = LegacyExampleRepository::new(&writer).list(100, 0).await.unwrap();
        assert_eq!(found, legacy);
    }
    assert!(copied(&connection).await.is_empty());
    let surveys = survey::Entity::find().all(&connection).await.unwrap();
    assert_eq!(
        (surveys.len(), system_config::Entity::find().all(&connection).await.unwrap().len()),
        (8, 11)
    );
}

/// The observations that were made of legacy rows: key, survey and instant.
async fn copied(connection: &DatabaseConnection) -> Vec<(Uuid, String, DateTime<Utc>)> {
    let observations: Vec<(Uuid, Uuid, DateTime<Utc>)> = observation::Entity::find()
        .select_only()
        .columns([
            observation::Column::Id,
            observation::Column::SurveyId,
            observation::Column::CreatedAt,
        ])
        .order_by_asc(observation::Column::CreatedAt)
        .into_tuple()
        .all(connection)
        .await
        .unwrap();
    let surveys = survey::Entity::find().all(connection).await.unwrap();
    let name = |id: Uuid| surveys.iter().find(|survey| survey.id == id).unwrap().name.clone();
    observations.into_iter().map(|(id, survey, made)| (id, name(survey), made)).collect()
}

async fn a_legacy_row_that_was_not_preserved_stops_the_retirement(engine: Engine) {
    let (test, connection) = at(engine, 3).await;
    add(&test.writer().await, 1, Some(observed("1"))).await;
    up(&connection, 1).await;
    for sql in ["UPDATE example_model SET description = 'new'", "DELETE FROM example_model"] {
        connection.execute_unprepared(sql).await.unwrap();
        let before = Schema::read(&connection).await;
        blocked(revisions(Database::Astrid).up(&connection, Some(1)).await, "RetireBlocked");
        assert!(before == Schema::read(&connection).await);
    }
}

async fn a_legacy_table_of_another_shape_is_left(engine: Engine) {
    let test = TestDatabase::new(Database::Astrid, engine).await;
    let connection = crate::support::connect(test.address()).await;
    let other = "CREATE TABLE example_model (id integer PRIMARY KEY, name text, colour text)";
    connection.execute_unprepared(other).await.unwrap();
    connection
        .execute_unprepared("INSERT INTO example_model VALUES (1, 'a', 'red')")
        .await
        .unwrap();
    let before = Schema::read(&connection).await;
    let outcome = revisions(Database::Astrid).up(&connection, Some(1)).await;
    let message = blocked(outcome, "LegacySchemaMismatch");
    assert!(message.contains("colour"), "{message}");
    assert!(before == Schema::read(&connection).await);

    // One of the right shape is taken over with what it holds.
    let test = TestDatabase::new(Database::Astrid, engine).await;
    let connection = crate::support::connect(test.address()).await;
    let (uuid, json, instant) = match engine {
        Engine::Sqlite => ("uuid_text", "jsonb_text", "timestamp_with_timezone_text"),
        Engine::Postgres => ("uuid", "jsonb", "timestamptz"),
    };
    let same = format!(
        "CREATE TABLE example_model (id {uuid} PRIMARY KEY NOT NULL, name varchar(100) NOT NULL, \
         description text, data {json}, created_at {instant} NOT NULL, updated_at {instant} NOT NULL)"
    );
    connection.execute_unprepared(&same).await.unwrap();
    add(&test.writer().await, 1, Some(observed("1"))).await;
    up(&connection, 5).await;
    assert_eq!(copied(&connection).await.len(), 1);
}

async fn a_copied_observation_with_rows_of_its_own_stays(engine: Engine) {
    let (test, connection) = at(engine, 3).await;
    let copy = add(&test.writer().await, 1, Some(observed("1"))).await;
    up(&connection, 1).await;
    let uuid = if engine == Engine::Sqlite { "uuid_text" } else { "uuid" };
    let notes = format!("CREATE TABLE notes (observation {uuid} REFERENCES observations (id))");
    connection.execute_unprepared(&notes).await.unwrap();
    let insert = sea_orm::Statement::from_sql_and_values(
        connection.get_database_backend(),
        "INSERT INTO notes VALUES ($1), ($2)",
        [copy.into(), copy.into()],
    );
    connection.execute_raw(insert).await.unwrap();
    let outcome = down(&revisions(Database::Astrid), &connection).await;
    let message = blocked(outcome, "DowngradeBlocked");
    assert!(message.contains("notes (2 rows)"), "{message}");
    assert_eq!(copied(&connection).await.len(), 1);
    connection.execute_unprepared("DELETE FROM notes").await.unwrap();
    down(&revisions(Database::Astrid), &connection).await.unwrap();
    assert!(copied(&connection).await.is_empty());
}
