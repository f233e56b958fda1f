//! Settings, and the configurations of surveys among them.

use almanac_database::Database;
use almanac_entity::astrid::{survey, system_config};
use almanac_service::{
    Error, Repository,
    astrid::{SurveyConfiguration, SurveyPatch},
};
use sea_orm::{ConnectionTrait, prelude::Json};
use sea_orm_migration::MigratorTraitSelf;
use serde_json::json;

use crate::{
    observations::broken,
    support::{Engine, TestDatabase, engines, revisions},
    world::{World, after, now},
};

engines! {
    ast_p1_10_seed_rows_have_their_ids,
    ast_p1_10_rows_that_are_there_are_left,
    settings_are_set_and_removed,
    survey_configurations_are_checked,
}

/// Surveys and settings of the specification, each with its id.
const SURVEYS: [(&str, &str); 8] = [
    ("HST", "85bea485-3822-5774-80fe-47b679f65800"),
    ("JWST", "a99eb1c3-eb43-5a5d-95c4-25da46234610"),
    ("TESS", "1ce515f3-1746-5050-aabc-0851f3054d8e"),
    ("DSS2", "0e7c105a-179a-5c18-bf3f-593f467c8837"),
    ("ZTF", "fc8e41f0-052f-58d2-abbb-b49556c6906c"),
    ("SDSS", "2f164faf-7508-5b07-9ad6-1bac9ef1fb18"),
    ("LSST", "d9d03f93-84a0-52f5-ab63-0682126ee500"),
    ("PS1", "4477d282-7370-51e7-89c5-dd455e0276d8"),
];
const SETTINGS: [(&str, &str); 11] = [
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
];

async fn ast_p1_10_seed_rows_have_their_ids(engine: Engine) {
    let world = World::new(engine).await;
    let surveys = world.rows::<survey::Entity>().await;
    let settings = world.rows::<system_config::Entity>().await;
    assert_eq!((surveys.len(), settings.len()), (SURVEYS.len(), SETTINGS.len()));
    for (name, id) in SURVEYS {
        let survey = surveys.iter().find(|survey| survey.name == name).unwrap();
        assert_eq!(survey.id.to_string(), id, "{name}");
    }
    for (key, id) in SETTINGS {
        let setting = settings.iter().find(|setting| setting.key == key).unwrap();
        assert_eq!(setting.id.to_string(), id, "{key}");
    }

    // The defaults of the service are those of the revision: what was lost is as it was, the rest is left.
    let work = world.work(after(1));
    let table = work.table::<system_config::Entity>().await.unwrap();
    assert_eq!(table.initialise_defaults(after(1)).await.unwrap(), 0);
    let changed = table.set("backup.policy", json!({ "mine": 1 }), None, after(1)).await.unwrap();
    let hst = surveys.iter().find(|survey| survey.name == "HST").unwrap();
    let renamed = work
        .table::<survey::Entity>()
        .await
        .unwrap()
        .patch(hst.id, SurveyPatch { name: Some("Hubble".into()), ..Default::default() }, after(1))
        .await
        .unwrap();
    for setting in settings.iter().filter(|setting| setting.key != "backup.policy") {
        table.remove(&setting.key).await.unwrap();
    }
    for survey in surveys.iter().filter(|survey| survey.id != hst.id) {
        work.table::<survey::Entity>().await.unwrap().remove(survey.id).await.unwrap();
    }
    assert_eq!(table.initialise_defaults(after(2)).await.unwrap(), 10 + 7);
    assert_eq!(table.initialise_defaults(after(3)).await.unwrap(), 0);
    work.commit().await.unwrap();
    let same = |row: &system_config::Model| (row.id, row.value.clone(), row.description.clone());
    for setting in world.rows::<system_config::Entity>().await {
        if setting.key == "backup.policy" {
            assert_eq!(setting, changed);
            continue;
        }
        let before = settings.iter().find(|before| before.key == setting.key).unwrap();
        assert_eq!((same(&setting), setting.created_at), (same(before), after(2)));
    }
    for survey in world.rows::<survey::Entity>().await {
        if survey.id == hst.id {
            assert_eq!(survey, renamed);
            continue;
        }
        let before = surveys.iter().find(|before| before.id == survey.id).unwrap();
        let instants = survey::Model {
            created_at: before.created_at,
            updated_at: before.updated_at,
            ..survey.clone()
        };
        assert_eq!(&instants, before);
    }
}

/// The revision that seeds, on a database where three of its keys are taken.
async fn ast_p1_10_rows_that_are_there_are_left(engine: Engine) {
    let test = TestDatabase::new(Database::Astrid, engine).await;
    let connection = test.connection().await;
    revisions(Database::Astrid).up(&connection, Some(2)).await.unwrap();
    let id = |digit: char| match engine {
        Engine::Sqlite => format!("x'{}'", digit.to_string().repeat(32)),
        Engine::Postgres => format!("'{}'", uuid_of(digit)),
    };
    let (a, b, c) = (id('a'), id('b'), id('c'));
    for sql in [
        format!("INSERT INTO surveys (id, name, is_active) VALUES ({a}, 'ZTF', false)"),
        format!(
            "INSERT INTO system_config (id, key, value) VALUES ({b}, 'jobs.policy', '{{\"mine\": 1}}')"
        ),
        format!("INSERT INTO system_config (id, key, value) VALUES ({c}, 'alerts.rules', '{{}}')"),
    ] {
        connection.execute_unprepared(&sql).await.unwrap();
    }
    revisions(Database::Astrid).up(&connection, None).await.unwrap();
    let sessions = test.sessions();
    let writer = sessions.writer(Database::Astrid).await.unwrap();
    let settings = Repository::<_, system_config::Entity>::new(&writer);
    let policy = settings.setting("jobs.policy").await.unwrap().unwrap();
    assert_eq!((policy.id.to_string(), policy.value), (uuid_of('b'), json!({ "mine": 1 })));
    let rules = settings.setting("alerts.rules").await.unwrap().unwrap();
    assert_eq!((rules.id.to_string(), rules.value), (uuid_of('c'), json!({})));
    assert_eq!(settings.list_by_prefix("").await.unwrap().len(), 11);
    let surveys = Repository::<_, survey::Entity>::new(&writer);
    let ztf = surveys.get_by_name("ZTF").await.unwrap().unwrap();
    assert_eq!((ztf.id.to_string(), ztf.is_active, ztf.base_url), (uuid_of('a'), false, None));
    assert_eq!(surveys.list_by_name(None, None).await.unwrap().len(), 8);
}

fn uuid_of(digit: char) -> String {
    [8, 4, 4, 4, 12].map(|count| digit.to_string().repeat(count)).join("-")
}

async fn settings_are_set_and_removed(engine: Engine) {
    let world = World::new(engine).await;
    let work = world.work(after(1));
    let settings = work.table::<system_config::Entity>().await.unwrap();
    let made = settings.set("a.b", json!({ "x": 1 }), Some("why"), after(1)).await.unwrap();
    let same = settings.set("a.b", json!({ "x": 1 }), None, after(2)).await.unwrap();
    assert_eq!(same, made, "nothing changed, so nothing was written");
    let changed = settings.set("a.b", json!({ "x": 2 }), None, after(2)).await.unwrap();
    assert_eq!((changed.id, changed.description.as_deref()), (made.id, Some("why")));
    let asleep = settings.deactivate("a.b", after(3)).await.unwrap();
    assert!(!asleep.is_active && asleep.value == changed.value);
    assert_eq!(settings.deactivate("a.b", after(4)).await.unwrap(), asleep);
    assert!(settings.set("a.b", json!({ "x": 2 }), None, after(5)).await.unwrap().is_active);

    for value in [json!([1]), json!("x"), json!(null), json!(7)] {
        let refused = settings.set("a.c", value, None, now()).await;
        assert_eq!(broken(refused), ("value".to_owned(), "object"));
    }
    for (key, rule) in [(" ", "required"), ("legacy.example_model.x", "read_only")] {
        let refused = settings.set(key, json!({}), None, now()).await;
        assert_eq!(broken(refused), ("key".to_owned(), rule));
    }
    let long = settings.set(&"é".repeat(101), json!({}), None, now()).await;
    assert_eq!(broken(long), ("key".to_owned(), "too_long"));
    settings.set(&"é".repeat(100), json!({}), None, now()).await.unwrap();
    assert_eq!(broken(settings.remove("legacy.x").await), ("key".to_owned(), "read_only"));
    let legacy = settings.deactivate("legacy.x", now()).await;
    assert_eq!(broken(legacy), ("key".to_owned(), "read_only"));

    let keys = |rows: Vec<system_config::Model>| rows.into_iter().map(|row| row.key).collect();
    settings.set("a.a", json!({}), None, now()).await.unwrap();
    settings.set("A.a", json!({}), None, now()).await.unwrap();
    let listed: Vec<String> = keys(settings.list_by_prefix("a.").await.unwrap());
    assert_eq!(listed, ["a.a", "a.b"]);
    settings.remove("a.b").await.unwrap();
    assert!(settings.setting("a.b").await.unwrap().is_none());
    assert!(matches!(settings.remove("a.b").await, Err(Error::NotFound { .. })));
    work.commit().await.unwrap();
    for (action, count) in [("config.create", 4), ("config.update", 3), ("config.delete", 1)] {
        assert_eq!(world.audit(action).await.len(), count, "{action}");
    }
}

async fn survey_configurations_are_checked(engine: Engine) {
    let world = World::new(engine).await;
    // What is seeded keeps the rules, and is read without a loss.
    for setting in world.rows::<system_config::Entity>().await {
        if setting.key.starts_with("survey_config:") {
            let read = SurveyConfiguration::read(&setting.value).unwrap();
            assert_eq!(read.key(), setting.key);
            assert_eq!(as_floats(&json!(read)), as_floats(&setting.value));
        }
    }
    let work = world.work(after(1));
    let settings = work.table::<system_config::Entity>().await.unwrap();
    let first = settings.survey_configuration_for_ingestion().await.unwrap().unwrap();
    assert_eq!(first.name, "HST Galaxy Survey", "three have regions of priority 1");

    let region = |priority: i64, is_active: bool| {
        json!({ "name": "r", "ra_center": 1.5, "dec_center": -2, "radius": 3,
            "priority": priority, "is_active": is_active })
    };
    let value = json!({ "name": "A New One", "sky_regions": [region(1, false), region(2, true)] });
    let made = settings.create_survey_configuration(&value, after(1)).await.unwrap();
    assert_eq!(made.key, "survey_config:a_new_one");
    assert_eq!(
        (&made.value["query_radius"], &made.value["auto_preprocess"]),
        (&json!(0.1), &json!(true))
    );
    let again = settings.create_survey_configuration(&json!({ "name": "a new_one" }), now()).await;
    assert!(matches!(again, Err(Error::AlreadyExists { id: Some(id), .. }) if id == made.id));
    let wide = json!({ "name": "b", "query_radius": 0 });
    let refused = settings.create_survey_configuration(&wide, now()).await;
    assert_eq!(broken(refused), ("query_radius".to_owned(), "range"));
    // Nor is there a way around the check.
    let around = settings.set("survey_config:b", wide, None, now()).await;
    assert_eq!(broken(around), ("query_radius".to_owned(), "range"));
    let other = settings.set("survey_config:b", json!({ "name": "c" }), None, now()).await;
    assert_eq!(broken(other), ("key".to_owned(), "format"));

    for name in ["HST Galaxy Survey", "jwst_exoplanet_survey", "TESS Continuous Survey"] {
        let setting = settings.survey_configuration(name).await.unwrap().unwrap();
        let mut value = setting.value;
        value["is_active"] = json!(false);
        let asleep = settings.update_survey_configuration(name, &value, after(2)).await.unwrap();
        assert!(!asleep.is_active);
    }
    let first = settings.survey_configuration_for_ingestion().await.unwrap().unwrap();
    assert_eq!(first.name, "A New One");
    assert!(settings.known_filters().await.unwrap().is_empty());

    let renamed = json!({ "name": "Z", "description": "d", "sky_regions": [region(9, true)] });
    let moved =
        settings.update_survey_configuration("a new one", &renamed, after(3)).await.unwrap();
    assert_eq!((moved.id, moved.key.as_str()), (made.id, "survey_config:z"));
    assert_eq!(moved.description.as_deref(), Some("d"));
    let taken = json!({ "name": "hst galaxy survey" });
    let taken = settings.update_survey_configuration("Z", &taken, after(3)).await;
    assert!(matches!(taken, Err(Error::AlreadyExists { .. })));
    let keys: Vec<String> =
        settings.survey_configurations().await.unwrap().into_iter().map(|row| row.key).collect();
    assert_eq!((keys.len(), keys[3].as_str()), (4, "survey_config:z"));
    assert_eq!(settings.active_survey_configurations().await.unwrap().len(), 1);

    // What somebody else wrote, and cannot be read, is passed over.
    settings
        .update(system_config::ActiveModel {
            id: sea_orm::ActiveValue::Unchanged(made.id),
            value: sea_orm::ActiveValue::Set(json!({ "name": 7 })),
            ..Default::default()
        })
        .await
        .unwrap();
    assert!(settings.survey_configuration_for_ingestion().await.unwrap().is_none());
    settings.remove_survey_configuration("z").await.unwrap();
    let gone = settings.remove_survey_configuration("z").await;
    assert!(matches!(gone, Err(Error::NotFound { .. })));
}

/// A document, its numbers all of one kind.
fn as_floats(value: &Json) -> Json {
    match value {
        Json::Number(number) => json!(number.as_f64()),
        Json::Array(items) => items.iter().map(as_floats).collect(),
        Json::Object(fields) => Json::Object(
            fields.iter().map(|(name, value)| (name.clone(), as_floats(value))).collect(),
        ),
        other => other.clone(),
    }
}
