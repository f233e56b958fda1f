//! Taking an observation out of the database.

use almanac_entity::{
    Table,
    astrid::{
        AlertPriority, AlertStatus, CandidateStatus, DetectionStatus, DetectionType,
        DifferenceRunStatus, ModelRunStatus, ModelType, ObservationStatus, PreprocessRunStatus,
        alert, candidate, detection, difference_run, ml_model, model_run, observation,
        preprocess_run, validation_event,
    },
};
use almanac_service::{
    Error, Repository, Transaction,
    access::{Principal, Role},
};
use sea_orm::{
    ActiveValue::Set,
    IntoActiveModel,
    prelude::{Decimal, Uuid},
};

use crate::{
    support::{Engine, engines},
    world::{World, after, now},
};

engines! {
    an_observation_goes_with_all_that_came_of_it,
    an_observation_in_use_stays,
}

/// Candidates of the run, more than go in one statement.
const CANDIDATES: i32 = 1_003;

async fn put<E: Table>(
    table: &Repository<'_, Transaction, observation::Entity>,
    row: E::ActiveModel,
) where
    E::Model: IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: Send,
{
    table.on::<E>().insert(row).await.unwrap();
}

/// A run of everything over an observation; a key made of its own.
async fn run_all(world: &World, observation_id: Uuid) -> Uuid {
    let work = world.work(now());
    let table = work.table::<observation::Entity>().await.unwrap();
    let key = |part: u128| Uuid::from_u128(observation_id.as_u128().wrapping_add(part << 100));
    let run = key(2);
    put::<preprocess_run::Entity>(
        &table,
        preprocess_run::ActiveModel {
            id: Set(key(1)),
            observation_id: Set(observation_id),
            status: Set(PreprocessRunStatus::Pending),
            ..Default::default()
        },
    )
    .await;
    put::<difference_run::Entity>(
        &table,
        difference_run::ActiveModel {
            id: Set(run),
            observation_id: Set(observation_id),
            status: Set(DifferenceRunStatus::Pending),
            algorithm: Set("zogy".to_owned()),
            ..Default::default()
        },
    )
    .await;
    let candidates = (0..CANDIDATES).map(|index| candidate::ActiveModel {
        id: Set(Uuid::from_u128(run.as_u128() ^ u128::from(index.unsigned_abs() + 1))),
        difference_run_id: Set(run),
        observation_id: Set(observation_id),
        ra: Set(Decimal::from(150)),
        dec: Set(Decimal::from(2)),
        pixel_x: Set(index),
        pixel_y: Set(0),
        status: Set(CandidateStatus::Pending),
        ..Default::default()
    });
    table.on::<candidate::Entity>().insert_many(candidates).await.unwrap();
    score(&table, observation_id, run).await;
    work.commit().await.unwrap();
    run
}

/// What a model makes of the run's first candidate, and people of that.
async fn score(
    table: &Repository<'_, Transaction, observation::Entity>,
    observation_id: Uuid,
    run: Uuid,
) {
    let key = |part: u128| Uuid::from_u128(observation_id.as_u128().wrapping_add(part << 100));
    put::<ml_model::Entity>(
        table,
        ml_model::ActiveModel {
            id: Set(key(3)),
            name: Set(format!("model of {observation_id}")),
            version: Set("1".to_owned()),
            model_type: Set(ModelType::Unet),
            ..Default::default()
        },
    )
    .await;
    put::<model_run::Entity>(
        table,
        model_run::ActiveModel {
            id: Set(key(4)),
            model_id: Set(key(3)),
            observation_id: Set(Some(observation_id)),
            status: Set(ModelRunStatus::Pending),
            ..Default::default()
        },
    )
    .await;
    put::<detection::Entity>(
        table,
        detection::ActiveModel {
            id: Set(key(5)),
            model_run_id: Set(key(4)),
            observation_id: Set(observation_id),
            candidate_id: Set(Some(Uuid::from_u128(run.as_u128() ^ 1))),
            ra: Set(Decimal::from(150)),
            dec: Set(Decimal::from(2)),
            pixel_x: Set(0),
            pixel_y: Set(0),
            confidence_score: Set(Decimal::new(9, 1)),
            detection_type: Set(DetectionType::Supernova),
            model_version: Set("1".to_owned()),
            status: Set(DetectionStatus::Pending),
            ..Default::default()
        },
    )
    .await;
    put::<validation_event::Entity>(
        table,
        validation_event::ActiveModel {
            id: Set(key(6)),
            detection_id: Set(key(5)),
            validator_id: Set("ada".to_owned()),
            is_valid: Set(true),
            ..Default::default()
        },
    )
    .await;
    put::<alert::Entity>(
        table,
        alert::ActiveModel {
            id: Set(key(7)),
            detection_id: Set(key(5)),
            alert_type: Set("dashboard".to_owned()),
            priority: Set(AlertPriority::High),
            title: Set("t".to_owned()),
            message: Set("m".to_owned()),
            status: Set(AlertStatus::Pending),
            ..Default::default()
        },
    )
    .await;
}

const TABLES: [&str; 8] = [
    "alerts",
    "validation_events",
    "detections",
    "model_runs",
    "candidates",
    "difference_runs",
    "preprocess_runs",
    "observations",
];

async fn counts(world: &World) -> Vec<i64> {
    let mut counts = Vec::new();
    for table in TABLES {
        counts.push(world.count(table).await);
    }
    counts
}

async fn an_observation_goes_with_all_that_came_of_it(engine: Engine) {
    let world = World::new(engine).await;
    let survey = world.survey("Purged").await.id;
    let gone = world.observation(survey, "gone").await.id;
    let stays = world.observation(survey, "stays").await.id;
    let run = run_all(&world, gone).await;
    run_all(&world, stays).await;
    let work = world.work(now());
    let table = work.table::<observation::Entity>().await.unwrap();
    table.transition(gone, ObservationStatus::Failed, None, now()).await.unwrap();
    work.commit().await.unwrap();
    let all = i64::from(CANDIDATES);
    assert_eq!(counts(&world).await, [2, 2, 2, 2, 2 * all, 2, 2, 2]);

    let work = world.work_of(&Principal::new("root", Role::Admin), after(9));
    work.table::<observation::Entity>().await.unwrap().purge(gone).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(counts(&world).await, [1, 1, 1, 1, all, 1, 1, 1]);
    assert_eq!(world.rows::<observation::Entity>().await[0].id, stays);

    // A line for each row, as it was, and one for each batch of candidates.
    for action in [
        "alert.delete",
        "validation.delete",
        "detection.delete",
        "model_run.delete",
        "difference_run.delete",
        "preprocess_run.delete",
        "observation.delete",
    ] {
        let [line] = &world.audit(action).await[..] else { panic!("one line of {action}") };
        assert!(line.new_values.is_none() && line.old_values.is_some(), "{action}");
        assert_eq!((line.user_id.as_deref(), line.created_at), (Some("root"), after(9)));
    }
    let batches = world.audit("candidate.purge").await;
    let counted = batches.iter().map(|line| line.new_values.as_ref().unwrap()["count"].as_i64());
    assert_eq!(counted.map(Option::unwrap).sum::<i64>(), all);
    assert_eq!(batches.len(), 2);
    assert!(
        batches.iter().all(|line| line.entity_id == run && line.entity_type == "difference_run")
    );
}

async fn an_observation_in_use_stays(engine: Engine) {
    let world = World::new(engine).await;
    let survey = world.survey("Kept").await.id;
    let reference = world.observation(survey, "reference").await.id;
    let science = world.observation(survey, "science").await.id;
    let admin = Principal::new("root", Role::Admin);
    let purge = async |id: Uuid, who: &Principal| {
        let work = world.work_of(who, after(1));
        let purged = work.table::<observation::Entity>().await.unwrap().purge(id).await;
        work.commit().await.unwrap();
        purged
    };
    let ingested = purge(reference, &admin).await;
    assert!(matches!(ingested, Err(Error::InvalidTransition(_))), "{ingested:?}");
    assert!(matches!(purge(Uuid::nil(), &admin).await, Err(Error::NotFound { .. })));

    let work = world.work(now());
    let table = work.table::<observation::Entity>().await.unwrap();
    for id in [reference, science] {
        table.archive(id, None, now()).await.unwrap();
    }
    let run = |id: u128, of: Uuid, reference: Option<Uuid>| difference_run::ActiveModel {
        id: Set(Uuid::from_u128(id)),
        observation_id: Set(of),
        reference_observation_id: Set(reference),
        status: Set(DifferenceRunStatus::Pending),
        algorithm: Set("zogy".to_owned()),
        ..Default::default()
    };
    put::<difference_run::Entity>(&table, run(1, science, Some(reference))).await;
    put::<difference_run::Entity>(&table, run(2, reference, None)).await;
    work.commit().await.unwrap();

    let operator = purge(science, &Principal::new("ada", Role::Operator)).await;
    assert!(matches!(operator, Err(Error::Forbidden { .. })), "{operator:?}");
    let used = purge(reference, &admin).await;
    let table = "difference_runs";
    assert!(
        matches!(used, Err(Error::ReferencedBy { table: t, count: Some(1) }) if t == table),
        "{used:?}"
    );
    assert_eq!((world.count("observations").await, world.count(table).await), (2, 2));
    purge(science, &admin).await.unwrap();
    purge(reference, &admin).await.unwrap();
    assert_eq!((world.count("observations").await, world.count(table).await), (0, 0));
}
