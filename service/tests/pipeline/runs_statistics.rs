//! What is counted of the pipeline, against the same counted row by row.

use std::collections::BTreeMap;

use almanac_entity::{
    Table,
    astrid::{
        DetectionStatus, DetectionType, DifferenceRunStatus, ModelRunStatus, ObservationStatus,
        PreprocessRunStatus, detection, difference_run, model_run, observation, preprocess_run,
    },
};
use almanac_service::{
    Repository, Writer,
    astrid::{DetectionFilter, NewObservation},
};
use chrono::{Duration, TimeDelta};
use sea_orm::{
    ActiveValue::Set,
    IntoActiveModel, Iterable,
    prelude::{Decimal, Uuid},
};

use crate::{
    support::{Engine, engines},
    world::{World, after, exposure, now},
};

engines! { ast_x_07_statistics_are_what_is_counted_row_by_row, nothing_is_counted_as_nothing }

/// Numbers that look like chance, the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % most
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

async fn insert<E: Table>(writer: &Writer, row: E::ActiveModel) -> E::Model
where
    E::Model: IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: Send,
{
    Repository::<_, E>::new(writer).insert(row).await.unwrap()
}

async fn ast_x_07_statistics_are_what_is_counted_row_by_row(engine: Engine) {
    let world = World::new(engine).await;
    let mut dice = Dice(7);
    let surveys = [world.survey("One").await.id, world.survey("Two").await.id];
    let model = world.deployed("net", "1").await.id;
    let writer = world.writer().await;
    let observations = Repository::<_, observation::Entity>::new(&writer);
    for index in 0..60 {
        let days = i64::try_from(dice.below(40)).unwrap();
        let new = NewObservation {
            observation_time: now() - Duration::days(days) - Duration::minutes(13 * index),
            filter_band: dice.of(&["g", "r", "TESS"]).to_owned(),
            ..exposure(dice.of(&surveys), &format!("exposure {index}"), 10.0, 20.0)
        };
        let observation = observations.ingest(&new, now()).await.unwrap();
        let states: Vec<_> = ObservationStatus::iter().collect();
        let row = observation::ActiveModel {
            status: Set(dice.of(&states)),
            ..observation.clone().into()
        };
        observations.update(row).await.unwrap();
        runs_of(&writer, &mut dice, observation.id, model).await;
    }
    compare_observations(&world).await;
    compare_detections(&world).await;
    compare_stages(&world).await;
}

/// Runs and detections of an observation.
async fn runs_of(writer: &Writer, dice: &mut Dice, observation: Uuid, model: Uuid) {
    use DifferenceRunStatus as D;
    use ModelRunStatus as M;
    use PreprocessRunStatus as P;
    let made = now() - Duration::hours(i64::try_from(dice.below(48)).unwrap());
    let seconds = i32::try_from(dice.below(300)).unwrap();
    let retries = i32::try_from(dice.below(3)).unwrap();
    insert::<preprocess_run::Entity>(
        writer,
        preprocess_run::ActiveModel {
            id: Set(Uuid::now_v7()),
            observation_id: Set(observation),
            status: Set(dice.of(&[P::Pending, P::Running, P::Completed, P::Completed, P::Failed])),
            started_at: Set(Some(made)),
            completed_at: Set(Some(made)),
            processing_time_seconds: Set(Some(seconds)),
            retry_count: Set(retries),
            created_at: Set(made),
            updated_at: Set(made),
            ..Default::default()
        },
    )
    .await;
    insert::<difference_run::Entity>(
        writer,
        difference_run::ActiveModel {
            id: Set(Uuid::now_v7()),
            observation_id: Set(observation),
            status: Set(dice.of(&[D::Running, D::Completed, D::Completed, D::Failed])),
            algorithm: Set("zogy".to_owned()),
            candidates_found: Set(i32::try_from(dice.below(1000)).unwrap()),
            started_at: Set(Some(made)),
            completed_at: Set(Some(made)),
            processing_time_seconds: Set(Some(2 * seconds)),
            created_at: Set(made),
            updated_at: Set(made),
            ..Default::default()
        },
    )
    .await;
    let run = insert::<model_run::Entity>(
        writer,
        model_run::ActiveModel {
            id: Set(Uuid::now_v7()),
            model_id: Set(model),
            observation_id: Set(Some(observation)),
            status: Set(dice.of(&[M::Running, M::Completed, M::Completed, M::Failed])),
            started_at: Set(Some(made)),
            completed_at: Set(Some(made)),
            inference_time_ms: Set(Some(7 * seconds)),
            created_at: Set(made),
            updated_at: Set(made),
            ..Default::default()
        },
    )
    .await;
    let states: Vec<_> = DetectionStatus::iter().collect();
    let types: Vec<_> = DetectionType::iter().collect();
    for _ in 0..dice.below(6) {
        let status = dice.of(&states);
        let valid = matches!(status, DetectionStatus::Validated | DetectionStatus::Confirmed);
        // On the edges too.
        let confidence = dice.of(&[0, 2000, 4000, 6000, 7999, 8000, 10_000, 3333, 5555]);
        insert::<detection::Entity>(
            writer,
            detection::ActiveModel {
                id: Set(Uuid::now_v7()),
                model_run_id: Set(run.id),
                observation_id: Set(observation),
                ra: Set(Decimal::ONE),
                dec: Set(Decimal::ONE),
                pixel_x: Set(1),
                pixel_y: Set(1),
                confidence_score: Set(Decimal::new(confidence, 4)),
                detection_type: Set(dice.of(&types)),
                model_version: Set("1".to_owned()),
                status: Set(status),
                is_validated: Set(valid),
                created_at: Set(made),
                updated_at: Set(made),
                ..Default::default()
            },
        )
        .await;
    }
}

/// How many rows have each value of a column.
fn counted<T: Ord>(values: impl IntoIterator<Item = T>) -> Vec<(T, u64)> {
    let mut counts = BTreeMap::new();
    values.into_iter().for_each(|value| *counts.entry(value).or_default() += 1);
    counts.into_iter().collect()
}

async fn compare_observations(world: &World) {
    use ObservationStatus as S;
    let rows = world.rows::<observation::Entity>().await;
    let writer = world.writer().await;
    let stats = Repository::<_, observation::Entity>::new(&writer).statistics(now()).await.unwrap();
    let many = |states: &[ObservationStatus]| {
        rows.iter().filter(|row| states.contains(&row.status)).count() as u64
    };
    assert_eq!(stats.total, 60);
    assert_eq!(stats.pending, many(&[S::Ingested]));
    assert_eq!(stats.processing, many(&[S::Preprocessing, S::Preprocessed, S::Differencing]));
    assert_eq!(stats.processed, many(&[S::Differenced]));
    assert_eq!(stats.failed, many(&[S::Failed]));
    assert_eq!(stats.archived, many(&[S::Archived]));
    let by_survey: Vec<_> = stats.by_survey.iter().map(|of| (of.survey_id, of.count)).collect();
    assert_eq!(by_survey, counted(rows.iter().map(|row| row.survey_id)));
    assert_eq!(stats.by_filter, counted(rows.iter().map(|row| row.filter_band.clone())));
    let first = now().date_naive() - Duration::days(29);
    let days = rows.iter().map(|row| row.observation_time.date_naive());
    let per_day: Vec<_> = stats.per_day.iter().map(|of| (of.day, of.count)).collect();
    assert_eq!(per_day, counted(days.filter(|day| *day >= first)));
}

async fn compare_detections(world: &World) {
    let rows = world.rows::<detection::Entity>().await;
    let writer = world.writer().await;
    let detections = Repository::<_, detection::Entity>::new(&writer);
    for filter in [
        DetectionFilter::default(),
        DetectionFilter { confidence: (Some(0.4), None), ..DetectionFilter::default() },
        DetectionFilter {
            types: vec![DetectionType::Artifact, DetectionType::Unknown],
            from: Some(after(-100_000)),
            ..DetectionFilter::default()
        },
    ] {
        use DetectionStatus as S;
        let stats = detections.statistics(&filter, now()).await.unwrap();
        let rows: Vec<_> = rows
            .iter()
            .filter(|row| filter.types.is_empty() || filter.types.contains(&row.detection_type))
            .filter(|row| filter.from.is_none_or(|from| row.created_at >= from))
            .filter(|row| {
                filter.confidence.0.is_none() || row.confidence_score >= Decimal::new(4, 1)
            })
            .collect();
        let many = |states: &[DetectionStatus]| {
            rows.iter().filter(|row| states.contains(&row.status)).count() as u64
        };
        assert!(rows.len() > 20 && stats.total == rows.len() as u64);
        assert_eq!(stats.pending_review, many(&[S::Pending, S::Validating]));
        assert_eq!(stats.validated, many(&[S::Validated, S::Confirmed]));
        assert_eq!(stats.rejected, many(&[S::Rejected]));
        let words: Vec<_> = stats.by_status.iter().map(|(of, many)| (of.as_str(), *many)).collect();
        assert_eq!(words, counted(rows.iter().map(|row| row.status.as_str())));
        let words: Vec<_> = stats.by_type.iter().map(|(of, many)| (of.as_str(), *many)).collect();
        assert_eq!(words, counted(rows.iter().map(|row| row.detection_type.as_str())));
        for (index, bin) in stats.histogram.iter().enumerate() {
            let within = |row: &&&detection::Model| {
                let confidence = row.confidence_score;
                confidence >= bin.from && (confidence < bin.to || index == 4)
            };
            assert_eq!(bin.count, rows.iter().filter(within).count() as u64, "{bin:?}");
        }
        assert_eq!(stats.high_confidence, stats.histogram[4].count);
        let sum: Decimal = rows.iter().map(|row| row.confidence_score).sum();
        let mean = (sum / Decimal::from(rows.len())).round_dp(6);
        assert_eq!(stats.mean_confidence, Some(mean));
        let per_day: Vec<_> = stats.per_day.iter().map(|of| (of.day, of.count)).collect();
        assert_eq!(per_day, counted(rows.iter().map(|row| row.created_at.date_naive())));
    }
}

/// The value at a percentile, by the nearest rank.
fn percentile(values: &mut [f64], percent: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    values[(values.len() * percent).div_ceil(100) - 1]
}

async fn compare_stages(world: &World) {
    let writer = world.writer().await;
    let runs = Repository::<_, preprocess_run::Entity>::new(&writer);
    let window = TimeDelta::hours(24);
    let stats = runs.pipeline_statistics(window, now()).await.unwrap();
    let from = now() - window;
    let names: Vec<_> = stats.stages.iter().map(|stage| stage.stage).collect();
    assert_eq!(names, ["preprocess", "difference", "inference"]);

    let mut preprocessed = world.rows::<preprocess_run::Entity>().await;
    preprocessed.retain(|run| run.created_at >= from);
    let stage = &stats.stages[0];
    let many = |status| preprocessed.iter().filter(|run| run.status == status).count() as u64;
    assert_eq!(stage.started, preprocessed.len() as u64);
    assert_eq!(stage.completed, many(PreprocessRunStatus::Completed));
    assert_eq!(stage.failed, many(PreprocessRunStatus::Failed));
    let retried: i32 = preprocessed.iter().map(|run| run.retry_count).sum();
    assert_eq!(stage.retried, u64::try_from(retried).unwrap());
    let completed = preprocessed.iter().filter(|run| run.status == PreprocessRunStatus::Completed);
    let mut seconds: Vec<_> =
        completed.map(|run| f64::from(run.processing_time_seconds.unwrap())).collect();
    assert_eq!(stage.p95_seconds, Some(percentile(&mut seconds, 95)));
    #[expect(clippy::cast_precision_loss, reason = "they are few")]
    let mean = seconds.iter().sum::<f64>() / seconds.len() as f64;
    let told = f64::try_from(stage.mean_seconds.unwrap()).unwrap();
    assert!((told - mean).abs() < 1e-6);

    let mut differenced = world.rows::<difference_run::Entity>().await;
    differenced
        .retain(|run| run.created_at >= from && run.status == DifferenceRunStatus::Completed);
    assert_eq!(stats.stages[1].completed, differenced.len() as u64);
    let mut found: Vec<_> = differenced.iter().map(|run| f64::from(run.candidates_found)).collect();
    let spread = stats.candidates_per_image.unwrap();
    assert_eq!(
        (spread.median, spread.p95),
        (percentile(&mut found, 50), percentile(&mut found, 95))
    );
    assert_eq!((spread.min, spread.max), (found[0], *found.last().unwrap()));

    let mut inferred = world.rows::<model_run::Entity>().await;
    inferred.retain(|run| run.created_at >= from && run.status == ModelRunStatus::Completed);
    let detections = world.rows::<detection::Entity>().await;
    let of = |run: &model_run::Model| {
        let many = detections.iter().filter(|one| one.model_run_id == run.id).count();
        f64::from(u8::try_from(many).unwrap())
    };
    let mut found: Vec<f64> = inferred.iter().map(of).collect();
    let spread = stats.detections_per_image.unwrap();
    assert_eq!(
        (spread.median, spread.p95),
        (percentile(&mut found, 50), percentile(&mut found, 95))
    );
    assert_eq!(stats.stages[2].completed, inferred.len() as u64);
    let mut seconds: Vec<_> =
        inferred.iter().map(|run| f64::from(run.inference_time_ms.unwrap()) / 1000.0).collect();
    let told = stats.stages[2].p95_seconds.unwrap();
    assert!((told - percentile(&mut seconds, 95)).abs() < 1e-9);
}

async fn nothing_is_counted_as_nothing(engine: Engine) {
    let world = World::new(engine).await;
    let writer = world.writer().await;
    let detections = Repository::<_, detection::Entity>::new(&writer);
    let stats = detections.statistics(&DetectionFilter::default(), now()).await.unwrap();
    assert_eq!((stats.total, stats.mean_confidence, stats.histogram.len()), (0, None, 5));
    let runs = Repository::<_, preprocess_run::Entity>::new(&writer);
    let stats = runs.pipeline_statistics(TimeDelta::hours(24), now()).await.unwrap();
    assert_eq!(stats.stages.len(), 3);
    assert!(stats.stages.iter().all(|stage| stage.started == 0 && stage.p95_seconds.is_none()));
    assert_eq!((stats.candidates_per_image, stats.detections_per_image), (None, None));
}
