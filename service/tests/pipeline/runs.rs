//! Runs of preprocessing and differencing.

use almanac_entity::astrid::{
    DifferenceRunStatus, ObservationStatus, PreprocessRunStatus, candidate, difference_run,
    observation, preprocess_run, processing_job,
};
use almanac_service::{
    Error,
    astrid::{NewObservation, RunStatus},
};
use chrono::Duration;
use sea_orm::prelude::Decimal;
use serde_json::json;

use crate::{
    passes::{differencing, preprocessing, source, subtraction},
    support::{Engine, engines},
    world::{World, after, exposure, now},
};

engines! {
    ast_p2_01_observations_are_preprocessed,
    a_run_waits_for_its_retries_and_then_fails,
    a_second_run_of_an_observation_is_refused,
    a_clock_that_was_set_back_ends_no_run_before_its_start,
    ast_p2_02_a_difference_stores_its_candidates,
    ast_p2_03_a_crash_before_the_commit_leaves_nothing,
    ast_p2_05_references_are_of_the_same_survey_and_filter,
    ast_p2_05_the_reference_of_the_best_seeing_is_picked,
}

async fn ast_p2_01_observations_are_preprocessed(engine: Engine) {
    let world = World::new(engine).await;
    let survey = world.survey("Preprocessed").await;
    for index in 0..100 {
        let observation = world.observation(survey.id, &format!("exposure {index}")).await;
        world.preprocess(observation.id).await;
    }
    let runs = world.rows::<preprocess_run::Entity>().await;
    assert_eq!(runs.len(), 100);
    for run in &runs {
        assert_eq!(run.status, PreprocessRunStatus::Completed);
        assert!(run.calibration_applied && run.wcs_aligned);
        assert_eq!(run.registration_quality, Some(Decimal::new(938, 3)));
        assert_eq!((run.started_at, run.completed_at), (Some(after(11)), Some(after(12))));
        assert_eq!((run.processing_time_seconds, run.retry_count), (Some(1), 0));
    }
    let observations = world.rows::<observation::Entity>().await;
    assert!(observations.iter().all(|one| one.status == ObservationStatus::Preprocessed));
    let jobs = world.rows::<processing_job::Entity>().await;
    let mut waiting: Vec<_> = jobs
        .iter()
        .filter(|job| job.job_type == "difference")
        .map(|job| (job.entity_type.as_str(), job.entity_id))
        .collect();
    waiting.sort_unstable();
    let mut all: Vec<_> = observations.iter().map(|one| ("observation", one.id)).collect();
    all.sort_unstable();
    assert_eq!(waiting, all);
    for (verb, many) in [("create", 100), ("start", 100), ("complete", 100)] {
        assert_eq!(world.audit(&format!("preprocess_run.{verb}")).await.len(), many, "{verb}");
    }
}

async fn a_run_waits_for_its_retries_and_then_fails(engine: Engine) {
    let world = World::new(engine).await;
    let survey = world.survey("Cloudy").await;
    let observation = world.observation(survey.id, "a").await;
    let work = world.work(after(1));
    let runs = work.table::<preprocess_run::Entity>().await.unwrap();
    let run = runs.create(observation.id, after(1)).await.unwrap();
    for retry in 0..3 {
        runs.start(run.id, after(2)).await.unwrap();
        let waiting = runs.fail(run.id, "no darks", true, after(3)).await.unwrap();
        assert_eq!(
            (waiting.status, waiting.retry_count),
            (PreprocessRunStatus::Pending, retry + 1)
        );
        assert_eq!((waiting.started_at, waiting.completed_at), (None, None));
        assert_eq!(waiting.error_message.as_deref(), Some("no darks"));
        let observation = work.table::<observation::Entity>().await.unwrap();
        let observation = observation.get(waiting.observation_id).await.unwrap();
        assert_eq!(observation.status, ObservationStatus::Preprocessing);
    }
    runs.start(run.id, after(4)).await.unwrap();
    let failed = runs.fail(run.id, "still none", true, after(5)).await.unwrap();
    assert_eq!((failed.status, failed.retry_count), (PreprocessRunStatus::Failed, 3));
    assert_eq!(failed.completed_at, Some(after(5)));
    // What has ended stays so.
    for refused in [
        runs.fail(run.id, "again", true, after(6)).await,
        runs.start(run.id, after(6)).await,
        runs.finish(run.id, preprocessing(), after(6)).await,
    ] {
        assert!(matches!(refused, Err(Error::InvalidTransition(_))), "{refused:?}");
    }
    work.commit().await.unwrap();
    let observation = world.observation_of(observation.id).await;
    assert_eq!(observation.status, ObservationStatus::Failed);
    assert_eq!(world.audit("preprocess_run.retry").await.len(), 3);
    let [ended] = &world.audit("preprocess_run.fail").await[..] else { panic!("one row") };
    assert_eq!(ended.change_summary.as_deref(), Some("still none"));

    let other = world.observation(survey.id, "b").await;
    let work = world.work(after(7));
    let runs = work.table::<preprocess_run::Entity>().await.unwrap();
    let run = runs.create(other.id, after(7)).await.unwrap();
    runs.start(run.id, after(7)).await.unwrap();
    let failed = runs.fail(run.id, "no such file", false, after(8)).await.unwrap();
    assert_eq!((failed.status, failed.retry_count), (PreprocessRunStatus::Failed, 0));
    work.commit().await.unwrap();
}

async fn a_second_run_of_an_observation_is_refused(engine: Engine) {
    let world = World::new(engine).await;
    let survey = world.survey("Twice").await;
    let observation = world.observation(survey.id, "a").await;
    let work = world.work(after(1));
    let runs = work.table::<preprocess_run::Entity>().await.unwrap();
    let run = runs.create(observation.id, after(1)).await.unwrap();
    let second = runs.create(observation.id, after(1)).await;
    assert!(matches!(second, Err(Error::AlreadyExists { id, .. }) if id == Some(run.id)));
    runs.start(run.id, after(1)).await.unwrap();
    let second = runs.create(observation.id, after(1)).await;
    assert!(matches!(second, Err(Error::AlreadyExists { .. })), "{second:?}");
    runs.finish(run.id, preprocessing(), after(2)).await.unwrap();
    let late = runs.create(observation.id, after(3)).await;
    assert!(matches!(late, Err(Error::InvalidTransition(_))), "{late:?}");
    work.commit().await.unwrap();

    // Two at the same moment: one waits for the other, and is refused then.
    let other = world.observation(survey.id, "b").await;
    let create = async || {
        let work = world.work(after(4));
        let runs = work.table::<preprocess_run::Entity>().await?;
        let run = runs.create(other.id, after(4)).await?;
        work.commit().await?;
        Ok::<_, Error>(run)
    };
    let (one, two) = tokio::join!(create(), create());
    assert_eq!(u8::from(one.is_ok()) + u8::from(two.is_ok()), 1, "{one:?} {two:?}");
    let refused = one.err().or(two.err());
    assert!(matches!(refused, Some(Error::AlreadyExists { .. })), "{refused:?}");
}

async fn a_clock_that_was_set_back_ends_no_run_before_its_start(engine: Engine) {
    let world = World::new(engine).await;
    let survey = world.survey("Clocks").await;
    let observation = world.observation(survey.id, "a").await;
    let work = world.work(after(1));
    let runs = work.table::<preprocess_run::Entity>().await.unwrap();
    let run = runs.create(observation.id, after(1)).await.unwrap();
    runs.start(run.id, after(10)).await.unwrap();
    let run = runs.finish(run.id, preprocessing(), after(5)).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!((run.completed_at, run.processing_time_seconds), (Some(after(10)), Some(0)));
}

async fn ast_p2_02_a_difference_stores_its_candidates(engine: Engine) {
    let world = World::new(engine).await;
    let survey = world.survey("Subtracted").await;
    let run = world.differencing(survey.id, "a").await;
    // Ten are seen twice on their pixel, and less clearly.
    let mut sources: Vec<_> = (0..246).map(source).collect();
    for index in 0..10 {
        let mut again = source(index);
        again.significance = Some(1.0);
        sources.push(again);
    }
    let work = world.work(after(30));
    let runs = work.table::<difference_run::Entity>().await.unwrap();
    let (run, inserted) = runs.finish(run.id, differencing(), &sources, after(31)).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!((inserted.inserted, inserted.same_pixel, inserted.rejected), (246, 10, 0));
    assert_eq!((run.status, run.candidates_found), (DifferenceRunStatus::Completed, 246));
    assert_eq!(run.processing_time_seconds, Some(10));
    assert_eq!(run.noise_level, Some(Decimal::new(125, 2)));
    let stored = world.candidates(run.id).await;
    assert_eq!(stored.len(), 246);
    for (candidate, source) in stored.iter().zip(&sources) {
        let near = |stored: Decimal, given: f64| (f64::try_from(stored).unwrap() - given).abs();
        assert!(near(candidate.ra, source.ra) < 1e-7 && near(candidate.dec, source.dec) < 1e-7);
        assert!(near(candidate.significance.unwrap(), source.significance.unwrap()) < 1e-3);
        let pixel = (i64::from(candidate.pixel_x), i64::from(candidate.pixel_y));
        assert_eq!(pixel, (source.pixel_x, source.pixel_y));
        let flags = (candidate.is_saturated, candidate.is_blended, candidate.is_edge);
        assert_eq!(flags, (source.is_saturated, source.is_blended, source.is_edge));
        assert_eq!(candidate.observation_id, run.observation_id);
        assert!(candidate.healpix.is_some());
    }
    let observation = world.observation_of(run.observation_id).await;
    assert_eq!(observation.status, ObservationStatus::Differenced);
    let jobs = world.rows::<processing_job::Entity>().await;
    let next: Vec<_> = jobs.iter().filter(|job| job.job_type == "inference").collect();
    assert_eq!(next.len(), 1);
    assert_eq!((next[0].entity_type.as_str(), next[0].entity_id), ("difference_run", run.id));
    let [batch] = &world.audit("candidate.bulk_insert").await[..] else { panic!("one row") };
    assert_eq!((batch.entity_type.as_str(), batch.entity_id), ("difference_run", run.id));
    let values = batch.new_values.as_ref().unwrap();
    assert_eq!(values["count"], json!(246));
    assert_eq!(values.as_object().unwrap().len(), 2, "{values}");
    assert_eq!(world.audit("difference_run.complete").await.len(), 1);
}

/// The run's side of a crash; the job's is among the tests of the queue.
async fn ast_p2_03_a_crash_before_the_commit_leaves_nothing(engine: Engine) {
    let world = World::new(engine).await;
    let survey = world.survey("Crashes").await;
    let sources: Vec<_> = (0..64).map(source).collect();
    let undisturbed = world.differenced(survey.id, "undisturbed", 64).await;
    let run = world.differencing(survey.id, "crashed").await;
    let finish = async |work: &almanac_service::Work| {
        let runs = work.table::<difference_run::Entity>().await.unwrap();
        runs.finish(run.id, differencing(), &sources, after(30)).await.unwrap().0
    };
    let work = world.work(after(30));
    finish(&work).await;
    work.undo().await;

    assert!(world.candidates(run.id).await.is_empty());
    let runs = world.rows::<difference_run::Entity>().await;
    let crashed = runs.iter().find(|other| other.id == run.id).unwrap();
    assert_eq!(crashed.status, DifferenceRunStatus::Running);
    let observation = world.observation_of(run.observation_id).await;
    assert_eq!(observation.status, ObservationStatus::Differencing);
    assert_eq!(world.count("processing_jobs WHERE job_type = 'inference'").await, 1);
    assert_eq!(world.audit("candidate.bulk_insert").await.len(), 1);

    let work = world.work(after(30));
    let again = finish(&work).await;
    work.commit().await.unwrap();
    let same = |run: &difference_run::Model| {
        (run.status, run.candidates_found, run.noise_level, run.processing_time_seconds)
    };
    assert_eq!(same(&again), same(&undisturbed));
    let found = |all: Vec<candidate::Model>| -> Vec<_> {
        all.iter().map(|one| (one.pixel_x, one.pixel_y, one.ra, one.significance)).collect()
    };
    let (one, two) = (world.candidates(run.id).await, world.candidates(undisturbed.id).await);
    assert_eq!(found(one), found(two));
}

async fn ast_p2_05_references_are_of_the_same_survey_and_filter(engine: Engine) {
    let world = World::new(engine).await;
    let survey = world.survey("Own").await;
    let other_survey = world.survey("Other").await;
    let science = world.preprocessed(survey.id, "science").await;
    let good = world.preprocessed(survey.id, "good").await;
    let foreign = world.preprocessed(other_survey.id, "foreign").await;
    let raw = world.observation(survey.id, "raw").await;
    let red = ingest(
        &world,
        NewObservation { filter_band: "r".to_owned(), ..exposure(survey.id, "red", 150.0, 2.0) },
    )
    .await;
    let upper = ingest(
        &world,
        NewObservation { filter_band: "G".to_owned(), ..exposure(survey.id, "upper", 150.0, 2.0) },
    )
    .await;
    let nobody = sea_orm::prelude::Uuid::now_v7();
    for (reference, word) in [
        (nobody, "unknown"),
        (science.id, "self"),
        (raw.id, "state"),
        (foreign.id, "survey"),
        (red.id, "filter"),
    ] {
        let work = world.work(after(20));
        let runs = work.table::<difference_run::Entity>().await.unwrap();
        let refused = runs.create(subtraction(science.id, Some(reference)), after(20)).await;
        let Err(Error::Invalid { argument, rule, .. }) = refused else { panic!("{refused:?}") };
        assert_eq!((argument.as_str(), rule), ("reference", Some(word)));
        work.undo().await;
    }
    for reference in [good.id, upper.id] {
        let work = world.work(after(20));
        let runs = work.table::<difference_run::Entity>().await.unwrap();
        let run = runs.create(subtraction(science.id, Some(reference)), after(20)).await.unwrap();
        assert_eq!(run.reference_observation_id, Some(reference));
        let mut other = subtraction(good.id, None);
        "magic".clone_into(&mut other.algorithm);
        let refused = runs.create(other, after(20)).await;
        assert!(matches!(refused, Err(Error::Invalid { argument, .. }) if argument == "algorithm"));
        let refused = runs.create(subtraction(raw.id, None), after(20)).await;
        assert!(matches!(refused, Err(Error::InvalidTransition(_))), "{refused:?}");
        work.undo().await;
    }
    assert_eq!(RunStatus::from(DifferenceRunStatus::Running), RunStatus::Running);
}

async fn ast_p2_05_the_reference_of_the_best_seeing_is_picked(engine: Engine) {
    let world = World::new(engine).await;
    let survey = world.survey("Seeing").await;
    let other = world.survey("Elsewhere").await;
    // Hours before, seeing, right ascension: the third and the fourth are the sharpest, the fourth is older.
    let eligible = [
        (2, Some(1.2), 150.0),
        (3, None, 150.0),
        (4, Some(0.8), 150.1),
        (5, Some(0.8), 149.9),
        (6, Some(0.9), 150.0),
    ];
    let mut ids = Vec::new();
    for (index, (hours, seeing, ra)) in eligible.into_iter().enumerate() {
        let new = NewObservation {
            observation_time: now() - Duration::hours(hours),
            seeing,
            ..exposure(survey.id, &format!("eligible {index}"), ra, 2.0)
        };
        ids.push(ingest(&world, new).await.id);
    }
    // Sharper, and of no use: of another survey or filter, too far away, too late, or raw.
    let sharp = |survey, name: &str| NewObservation {
        observation_time: now() - Duration::hours(9),
        seeing: Some(0.3),
        ..exposure(survey, name, 150.0, 2.0)
    };
    ingest(&world, sharp(other.id, "survey")).await;
    let red = NewObservation { filter_band: "r".to_owned(), ..sharp(survey.id, "filter") };
    ingest(&world, red).await;
    ingest(&world, NewObservation { ra: 150.26, ..sharp(survey.id, "far") }).await;
    let late = NewObservation { observation_time: now(), ..sharp(survey.id, "late") };
    ingest(&world, late).await;
    let work = world.work(now());
    let observations = work.table::<observation::Entity>().await.unwrap();
    observations.ingest(&sharp(survey.id, "raw"), now()).await.unwrap();
    work.commit().await.unwrap();

    let science = world.preprocessed(survey.id, "science").await;
    let writer = world.writer().await;
    let runs = almanac_service::Repository::<_, difference_run::Entity>::new(&writer);
    let picked = runs.pick_reference(science.id).await.unwrap().unwrap();
    assert_eq!(picked.id, ids[3]);

    // Of a known size: half the diagonal is 0.05°.
    let small = NewObservation {
        image_width: Some(600),
        image_height: Some(800),
        pixel_scale: Some(0.36),
        observation_time: now() - Duration::minutes(90),
        ..exposure(survey.id, "small", 150.0, 2.0)
    };
    let small = ingest(&world, small).await;
    assert_eq!(runs.pick_reference(small.id).await.unwrap().unwrap().id, ids[4]);
    assert_eq!(runs.pick_reference(ids[4]).await.unwrap(), None);
}

/// An observation that was preprocessed.
async fn ingest(world: &World, new: NewObservation) -> observation::Model {
    let work = world.work(now());
    let observations = work.table::<observation::Entity>().await.unwrap();
    let observation = observations.ingest(&new, now()).await.unwrap();
    work.commit().await.unwrap();
    world.preprocess(observation.id).await;
    world.observation_of(observation.id).await
}
