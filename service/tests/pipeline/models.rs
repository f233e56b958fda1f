//! The registry of models.

use almanac_database::Database;
use almanac_entity::astrid::{DetectionType, ModelType, ml_model, model_run};
use almanac_service::{
    Error, Repository,
    astrid::{Inferred, ModelFacts, NewModel, Score},
};
use chrono::TimeDelta;
use sea_orm::{
    ConnectionTrait, FromQueryResult, JsonValue, Statement,
    prelude::{Decimal, Uuid},
};
use sea_orm_migration::MigratorTraitSelf;
use serde_json::json;

use crate::{
    passes::network,
    support::{Engine, Schema, TestDatabase, assert_same, engines, revisions},
    world::{World, after},
};

engines! {
    ast_p3_01_a_version_is_registered_once,
    ast_p3_01_scores_are_shares,
    ast_p3_01_one_version_is_deployed,
    ast_p3_01_ten_deploy_at_once,
    ast_p3_07_the_trackers_run_and_the_energy_are_kept,
    ast_p3_09_the_energy_revision_adds_nine_columns,
    the_performance_of_a_model_is_what_reviewers_made_of_it,
}

async fn ast_p3_01_a_version_is_registered_once(engine: Engine) {
    let world = World::new(engine).await;
    let work = world.work(after(1));
    let models = work.table::<ml_model::Entity>().await.unwrap();
    let first = models.register(network("net", "1.0"), after(1)).await.unwrap();
    assert!(!first.is_active && first.deployment_date.is_none());
    let again = models.register(network("net", "1.0"), after(2)).await;
    assert!(matches!(again, Err(Error::AlreadyExists { id, .. }) if id == Some(first.id)));
    models.register(network("net", "1.1"), after(2)).await.unwrap();
    models.register(network("other", "1.0"), after(2)).await.unwrap();
    for (name, version) in [("", "1"), ("net", " ")] {
        let refused = models.register(network(name, version), after(2)).await;
        assert!(matches!(refused, Err(Error::Invalid { rule: Some("required"), .. })));
    }
    let long = models.register(network(&"n".repeat(101), "1"), after(2)).await;
    assert!(matches!(long, Err(Error::Invalid { .. })), "{long:?}");
    work.commit().await.unwrap();
    assert_eq!(world.audit("model.register").await.len(), 3);
}

async fn ast_p3_01_scores_are_shares(engine: Engine) {
    let world = World::new(engine).await;
    let work = world.work(after(1));
    let models = work.table::<ml_model::Entity>().await.unwrap();
    let of = |score| ModelFacts { recall: Some(score), ..ModelFacts::default() };
    for score in [1.000_1, -0.000_1, f64::NAN] {
        let new = NewModel { facts: of(score), ..network("net", "bad") };
        let refused = models.register(new, after(1)).await;
        let Err(Error::Invalid { argument, rule, .. }) = refused else { panic!("{refused:?}") };
        assert_eq!((argument.as_str(), rule), ("recall", Some("range")));
    }
    let model = models.register(NewModel { facts: of(0.0), ..network("net", "1") }, after(1));
    let model = model.await.unwrap();
    let better = models.patch(model.id, of(0.912_34), after(2)).await.unwrap();
    assert_eq!(better.recall, Some(Decimal::new(9123, 4)));
    assert_eq!(models.patch(model.id, ModelFacts::default(), after(3)).await.unwrap(), better);
    let wasteful = ModelFacts { training_energy_wh: Some(-1.0), ..ModelFacts::default() };
    let refused = models.patch(model.id, wasteful, after(3)).await;
    assert!(matches!(refused, Err(Error::Invalid { .. })), "{refused:?}");
    work.commit().await.unwrap();
    assert_eq!(world.audit("model.update").await.len(), 1);
}

async fn ast_p3_01_one_version_is_deployed(engine: Engine) {
    let world = World::new(engine).await;
    let first = world.deployed("net", "1").await;
    assert_eq!(first.deployment_date, Some(after(2)));
    let second = world.deployed("net", "2").await;
    let other = world.deployed("other", "1").await;
    let active = |models: Vec<ml_model::Model>| -> Vec<_> {
        models.into_iter().filter(|model| model.is_active).map(|model| model.id).collect()
    };
    let mut expected = vec![second.id, other.id];
    let mut found = active(world.rows::<ml_model::Entity>().await);
    expected.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, expected);

    let work = world.work(after(3));
    let models = work.table::<ml_model::Entity>().await.unwrap();
    assert_eq!(models.active("net").await.unwrap().unwrap().id, second.id);
    let retired = models.retire(second.id, after(3)).await.unwrap();
    assert!(!retired.is_active && retired.deployment_date.is_some());
    let again = models.retire(second.id, after(3)).await;
    assert!(matches!(again, Err(Error::InvalidTransition(_))), "{again:?}");
    assert_eq!(models.active("net").await.unwrap(), None);
    work.commit().await.unwrap();
    let retired = world.audit("model.retire").await;
    assert_eq!(retired.len(), 2);
    assert_eq!(retired[0].change_summary.as_deref(), Some("version 2 was deployed"));
    assert_eq!(world.audit("model.deploy").await.len(), 3);
}

async fn ast_p3_01_ten_deploy_at_once(engine: Engine) {
    let world = World::new(engine).await;
    let mut versions = Vec::new();
    let work = world.work(after(1));
    let models = work.table::<ml_model::Entity>().await.unwrap();
    for version in 0..10 {
        let new = network("net", &version.to_string());
        versions.push(models.register(new, after(1)).await.unwrap().id);
    }
    models.deploy(versions[4], after(1)).await.unwrap();
    work.commit().await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for id in versions {
        // Each as a process of its own would: with its own connections.
        let sessions = world.test.sessions();
        let who =
            almanac_service::access::Principal::new("ada", almanac_service::access::Role::Operator);
        tasks.spawn(async move {
            let operation = almanac_service::access::Operation::WorkOnAstridJobs;
            let now = almanac_entity::UnixTime::from(after(2));
            let work = sessions.work(Some(&who), operation, None, now)?;
            work.table::<ml_model::Entity>().await?.deploy(id, after(2)).await?;
            work.commit().await
        });
    }
    while let Some(deployed) = tasks.join_next().await {
        deployed.unwrap().unwrap();
    }
    let models = world.rows::<ml_model::Entity>().await;
    assert_eq!(models.iter().filter(|model| model.is_active).count(), 1);
}

async fn ast_p3_07_the_trackers_run_and_the_energy_are_kept(engine: Engine) {
    let world = World::new(engine).await;
    let facts = ModelFacts {
        architecture: Some(json!({ "depth": 4 })),
        training_energy_wh: Some(123_456.789_04),
        training_avg_power_w: Some(250.126),
        training_peak_power_w: Some(400.0),
        training_duration_seconds: Some(86_400),
        training_carbon_footprint_kg: Some(12.345_678_9),
        ..ModelFacts::default()
    };
    let work = world.work(after(1));
    let models = work.table::<ml_model::Entity>().await.unwrap();
    let new = NewModel { facts, model_type: ModelType::Classifier, ..network("net", "1") };
    let model = models.register(new, after(1)).await.unwrap();
    let linked = models.link_tracker(model.id, "9f2c", after(2)).await.unwrap();
    let refused = models.link_tracker(model.id, "", after(2)).await;
    assert!(matches!(refused, Err(Error::Invalid { .. })), "{refused:?}");
    models.deploy(model.id, after(2)).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(linked.mlflow_run_id.as_deref(), Some("9f2c"));
    assert_eq!(linked.training_energy_wh, Some(Decimal::new(1_234_567_890, 4)));
    assert_eq!(linked.training_avg_power_w, Some(Decimal::new(25_013, 2)));
    assert_eq!(linked.training_duration_seconds, Some(86_400));
    assert_eq!(linked.training_carbon_footprint_kg, Some(Decimal::new(12_345_679, 6)));

    let survey = world.survey("Energy").await;
    let difference = world.differenced(survey.id, "a", 1).await;
    let run = world.inferring(model.id, &difference, after(40)).await;
    let inferred = Inferred {
        energy_consumed_wh: Some(0.123_46),
        avg_power_draw_w: Some(75.5),
        peak_power_draw_w: Some(120.25),
        carbon_footprint_g: Some(0.05),
        ..Inferred::default()
    };
    let work = world.work(after(41));
    let runs = work.table::<model_run::Entity>().await.unwrap();
    let (run, _) =
        runs.finish(run.id, Some(difference.id), &[], inferred, after(41)).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(run.energy_consumed_wh, Some(Decimal::new(1235, 4)));
    assert_eq!(run.avg_power_draw_w, Some(Decimal::new(755, 1)));
    assert_eq!(run.peak_power_draw_w, Some(Decimal::new(12_025, 2)));
    assert_eq!(run.carbon_footprint_g, Some(Decimal::new(5, 2)));
}

async fn the_performance_of_a_model_is_what_reviewers_made_of_it(engine: Engine) {
    use almanac_entity::astrid::{DetectionStatus, detection};
    use sea_orm::ActiveValue::{Set, Unchanged};

    let world = World::new(engine).await;
    let survey = world.survey("Reviewed").await;
    let model = world.deployed("net", "1").await;
    let difference = world.differenced(survey.id, "a", 8).await;
    let run = world.inferring(model.id, &difference, after(40)).await;
    let confidences = [0.9, 0.8, 0.7, 0.65, 0.6, 0.55, 0.5, 0.1];
    let candidates = world.candidates(difference.id).await;
    let scores: Vec<_> = candidates
        .iter()
        .zip(confidences)
        .map(|(candidate, confidence)| Score {
            candidate_id: Some(candidate.id),
            confidence,
            detection_type: (confidence > 0.75).then_some(DetectionType::Supernova),
            ..Score::default()
        })
        .collect();
    let work = world.work(after(42));
    let runs = work.table::<model_run::Entity>().await.unwrap();
    let inferred = Inferred {
        inference_time_ms: Some(250),
        energy_consumed_wh: Some(1.5),
        ..Inferred::default()
    };
    runs.finish(run.id, Some(difference.id), &scores, inferred, after(42)).await.unwrap();
    work.commit().await.unwrap();

    let mut found = world.rows::<detection::Entity>().await;
    found.sort_by_key(|detection| std::cmp::Reverse(detection.confidence_score));
    let verdicts = [
        (DetectionStatus::Validated, true, Some("supernova")),
        (DetectionStatus::Confirmed, true, Some("supernova")),
        (DetectionStatus::Archived, true, None),
        (DetectionStatus::Rejected, false, Some("artifact")),
        (DetectionStatus::Validating, false, None),
    ];
    let writer = world.writer().await;
    let detections = Repository::<_, detection::Entity>::new(&writer);
    for (detection, (status, is_validated, label)) in found.iter().zip(verdicts) {
        let decided = detection::ActiveModel {
            id: Unchanged(detection.id),
            status: Set(status),
            is_validated: Set(is_validated),
            human_label: Set(label.map(str::to_owned)),
            ..Default::default()
        };
        detections.update(decided).await.unwrap();
    }
    let models = Repository::<_, ml_model::Entity>::new(&writer);
    let of = async |window| models.performance(model.id, window, after(100)).await.unwrap();
    let performance = of(TimeDelta::days(1)).await;
    assert_eq!((performance.detections, performance.runs), (7, 1));
    assert_eq!((performance.validated, performance.rejected), (3, 1));
    assert_eq!(performance.precision, Some(Decimal::new(75, 2)));
    // Of 0.9, 0.8, 0.7 and 0.65.
    assert_eq!(performance.mean_confidence, Some(Decimal::new(7625, 4)));
    let confusion: Vec<_> = performance
        .confusion
        .iter()
        .map(|one| (one.detection_type, one.human_label.as_deref(), one.count))
        .collect();
    let expected = [
        (DetectionType::Supernova, Some("supernova"), 2),
        (DetectionType::Transient, None, 1),
        (DetectionType::Transient, Some("artifact"), 1),
    ];
    assert_eq!(confusion, expected);
    assert_eq!(performance.mean_inference_time_ms, Some(Decimal::from(250)));
    assert_eq!(performance.mean_energy_wh, Some(Decimal::new(15, 1)));
    let nothing = of(TimeDelta::seconds(10)).await;
    assert_eq!(nothing, almanac_service::astrid::ModelPerformance::default());
}

async fn ast_p3_09_the_energy_revision_adds_nine_columns(engine: Engine) {
    let test = TestDatabase::new(Database::Astrid, engine).await;
    let connection = test.connection().await;
    let revisions = revisions(Database::Astrid);
    let names: Vec<_> = revisions.migrations().iter().map(|one| one.name().to_owned()).collect();
    let energy = "m20250922_000002_astrid_phase3_energy";
    let before = names.iter().position(|name| name == energy).unwrap();
    revisions.up(&connection, Some(u32::try_from(before).unwrap())).await.unwrap();

    let backend = connection.get_database_backend();
    let execute = async |sql: String| {
        connection.execute_raw(Statement::from_string(backend, sql)).await.unwrap();
    };
    let id = |number: u8| match engine {
        Engine::Sqlite => format!("x'{number:032x}'"),
        Engine::Postgres => format!("'{}'", Uuid::from_u128(number.into())),
    };
    for number in 1..=5 {
        let (model, run) = (id(number), id(100 + number));
        execute(format!(
            "INSERT INTO models (id, name, version, model_type, \"precision\") \
             VALUES ({model}, 'net', '{number}', 'unet', 0.5)"
        ))
        .await;
        execute(format!("INSERT INTO model_runs (id, model_id) VALUES ({run}, {model})")).await;
    }
    // What every table holds, its columns by their names.
    let rows = async |table: &str, columns: &str| -> Vec<String> {
        let sql = format!("SELECT {columns} FROM {table} ORDER BY id");
        let rows = connection.query_all_raw(Statement::from_string(backend, sql)).await.unwrap();
        rows.iter().map(|row| format!("{:?}", JsonValue::from_query_result(row, ""))).collect()
    };
    let state = async || {
        let kept = "id, name, version, \"precision\", is_active, created_at, updated_at";
        (
            rows("models", kept).await,
            rows("model_runs", "id, model_id, status, created_at").await,
            rows("surveys", "name").await,
        )
    };
    let (old, old_schema) = (state().await, Schema::read(&connection).await);
    revisions.up(&connection, Some(1)).await.unwrap();

    let new_schema = Schema::read(&connection).await;
    let mut nulls = 0;
    for table in ["models", "model_runs"] {
        let old = &old_schema.tables[table].columns;
        for column in &new_schema.tables[table].columns {
            if old.iter().all(|other| other.name != column.name) {
                let held = format!("{table} WHERE \"{}\" IS NULL", column.name);
                let sql = format!("SELECT COUNT(*) FROM {held}");
                let row = connection.query_one_raw(Statement::from_string(backend, sql)).await;
                let count: i64 = row.unwrap().unwrap().try_get_by_index(0).unwrap();
                assert_eq!(count, 5, "{held}");
                nulls += 1;
            }
        }
    }
    assert_eq!(nulls, 9);
    assert_eq!(state().await.0, old.0);
    revisions.down(&connection, Some(1)).await.unwrap();
    assert_eq!(state().await, old);
    assert_same(&old_schema, &Schema::read(&connection).await, "back again");
}
