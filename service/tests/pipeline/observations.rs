//! Ingesting observations.

use almanac_entity::astrid::{
    ObservationStatus, ProcessingJobStatus, observation, processing_job, survey, system_config,
};
use almanac_service::{
    Error, Filter,
    astrid::{
        BatchOutcome, NewObservation, ObservationDraft, ObservationPatch, OnDuplicate, SurveyPatch,
        ingest_batch,
    },
};
use chrono::Duration;
use sea_orm::prelude::{Decimal, Uuid};
use serde_json::json;

use crate::{
    support::{Engine, engines},
    world::{World, after, exposure, now, sized},
};

engines! {
    ast_p1_02_a_file_is_ingested_once,
    ast_p1_03_invalid_rows_are_left_out_and_told,
    a_batch_that_is_to_fail_stops_at_the_first_problem,
    an_observation_is_ingested_once,
    a_configuration_can_keep_observations_from_being_preprocessed,
    what_is_known_of_an_exposure_can_be_changed,
}

/// Makes an observation another.
type Change = fn(&mut NewObservation);

async fn ingest_all(
    world: &World,
    new: impl IntoIterator<Item = NewObservation>,
    on_duplicate: OnDuplicate,
) -> BatchOutcome {
    let work = world.work(now());
    let outcome = ingest_batch(&work, new.into_iter().map(Ok), on_duplicate, now()).await.unwrap();
    work.commit().await.unwrap();
    outcome
}

fn counts(outcome: &BatchOutcome) -> (u64, u64, u64) {
    (outcome.inserted, outcome.duplicates, outcome.rejected)
}

fn sky(survey: Uuid, index: usize) -> NewObservation {
    let ra = f64::from(u32::try_from(index * 37 % 36_000).unwrap()) / 100.0;
    exposure(survey, &format!("exposure {index}"), ra, -12.5)
}

async fn ast_p1_02_a_file_is_ingested_once(engine: Engine) {
    let world = World::new(engine).await;
    let survey = world.survey("File").await.id;
    let count = sized(10_000);
    let file = || (0..count).map(|index| sky(survey, index));
    let all = u64::try_from(count).unwrap();
    let rows = i64::try_from(count).unwrap();

    let outcome = ingest_all(&world, file(), OnDuplicate::Skip).await;
    assert_eq!((counts(&outcome), outcome.stopped), ((all, 0, 0), false));
    assert_eq!(world.count("observations WHERE status = 'ingested'").await, rows);
    let jobs = "processing_jobs WHERE job_type = 'preprocess' AND status = 'pending'";
    assert_eq!(world.count(jobs).await, rows);
    let waiting = format!("observations WHERE id IN (SELECT entity_id FROM {jobs})");
    assert_eq!(world.count(&waiting).await, rows);
    assert_eq!(world.count("audit_log WHERE action = 'observation.ingest'").await, rows);
    assert_eq!(world.count("audit_log WHERE action = 'job.enqueue'").await, rows);

    let outcome = ingest_all(&world, file(), OnDuplicate::Skip).await;
    assert_eq!((counts(&outcome), outcome.errors.len()), ((0, all, 0), 0));
    assert_eq!(world.count("observations").await, rows);
    assert_eq!(world.count("processing_jobs").await, rows);
}

async fn ast_p1_03_invalid_rows_are_left_out_and_told(engine: Engine) {
    let world = World::new(engine).await;
    let survey = world.survey("Faulty").await.id;
    let count = sized(10_000);
    let spoil: [(Change, &str, &str); 4] = [
        (|new| new.dec = 90.5, "dec", "range"),
        (|new| new.filter_band = "q".into(), "filter_band", "unknown"),
        (|new| new.fits_url = "gopher://x".into(), "fits_url", "format"),
        (|new| new.observation_time += Duration::days(1), "observation_time", "range"),
    ];
    let rows = (0..count).map(|index| {
        let mut new = sky(survey, index);
        if index % 100 == 7 {
            spoil[index / 100 % spoil.len()].0(&mut new);
        }
        new
    });
    let outcome = ingest_all(&world, rows, OnDuplicate::Skip).await;
    let invalid = count / 100;
    assert_eq!(outcome.inserted, u64::try_from(count - invalid).unwrap());
    assert_eq!(outcome.rejected, u64::try_from(invalid).unwrap());
    assert_eq!(outcome.errors.len(), invalid);
    for (place, error) in outcome.errors.iter().enumerate() {
        let (_, field, rule) = spoil[place % spoil.len()];
        assert_eq!((error.index, error.rule()), (place * 100 + 7, rule));
        assert!(matches!(&error.error, Error::Invalid { argument, .. } if argument == field));
    }
    assert_eq!(world.count("observations").await, i64::try_from(count - invalid).unwrap());
    assert_eq!(world.count("observations WHERE observation_id = 'exposure 107'").await, 0);
    assert_eq!(world.count("processing_jobs").await, i64::try_from(count - invalid).unwrap());
}

/// The field at fault, and the rule that it breaks.
pub(crate) fn broken<T: std::fmt::Debug>(result: Result<T, Error>) -> (String, &'static str) {
    match result {
        Err(Error::Invalid { argument, rule: Some(rule), .. }) => (argument, rule),
        other => panic!("{other:?}"),
    }
}

async fn a_batch_that_is_to_fail_stops_at_the_first_problem(engine: Engine) {
    let world = World::new(engine).await;
    let survey = world.survey("Batch").await.id;
    let row = |index: usize| sky(survey, index);
    let batch = (0..1_100).map(|index| match index {
        3 => NewObservation { dec: 100.0, ..row(3) },
        1_050 => row(7),
        1_051 => row(1_049),
        other => row(other),
    });
    let skip = ingest_all(&world, batch, OnDuplicate::Skip).await;
    assert_eq!(counts(&skip), (1_097, 2, 1));
    assert_eq!(skip.errors.iter().map(|error| error.index).collect::<Vec<_>>(), [3]);

    // The second chunk meets a duplicate and is undone; the first stands, and all bears one change set.
    let batch = (2_000..2_600).chain([7]).map(row);
    let fail = ingest_all(&world, batch, OnDuplicate::Fail).await;
    assert_eq!((counts(&fail), fail.stopped), ((500, 1, 0), true));
    assert_eq!((fail.errors[0].index, fail.errors[0].rule()), (600, "duplicate"));
    assert_eq!(world.count("observations").await, 1_597);
    assert_eq!(world.count("processing_jobs").await, 1_597);
    assert_eq!(world.count("audit_log WHERE action = 'observation.ingest'").await, 1_597);

    // What cannot even be read is rejected with the others.
    let work = world.work(now());
    let mixed = [Ok(row(9_000)), ObservationDraft::default().complete(survey), Ok(row(9_001))];
    let outcome = ingest_batch(&work, mixed, OnDuplicate::Skip, now()).await.unwrap();
    assert_eq!(counts(&outcome), (2, 0, 1));
    assert_eq!((outcome.errors[0].index, outcome.errors[0].rule()), (1, "required"));
}

async fn an_observation_is_ingested_once(engine: Engine) {
    let world = World::new(engine).await;
    let active = world.survey("Active").await.id;
    let work = world.work(now());
    let table = work.table::<observation::Entity>().await.unwrap();
    let new = exposure(active, "a", 359.999_999_99, -12.345_678_95);
    let made = table.ingest(&new, now()).await.unwrap();
    assert_eq!(made.ra, Decimal::ZERO);
    assert_eq!(made.dec, Decimal::new(-123_456_790, 7));
    assert_eq!(made.status, ObservationStatus::Ingested);
    let again = table.ingest(&new, now()).await.unwrap_err();
    assert!(matches!(again, Error::AlreadyExists { id: Some(id), .. } if id == made.id));
    let found = table.find_by_name(active, "a").await.unwrap();
    assert_eq!(found, Some(made.clone()));
    work.commit().await.unwrap();

    let jobs = world.rows::<processing_job::Entity>().await;
    let [job] = &jobs[..] else { panic!("one job") };
    assert_eq!((job.job_type.as_str(), job.entity_id), ("preprocess", made.id));
    assert_eq!((job.status, job.priority), (ProcessingJobStatus::Pending, 2));
    let [ingested] = &world.audit("observation.ingest").await[..] else { panic!("one line") };
    let [enqueued] = &world.audit("job.enqueue").await[..] else { panic!("one line") };
    assert_eq!((ingested.entity_id, enqueued.entity_id), (made.id, job.id));
    assert_eq!(ingested.created_at, enqueued.created_at);
}

async fn a_configuration_can_keep_observations_from_being_preprocessed(engine: Engine) {
    let world = World::new(engine).await;
    let work = world.work(now());
    let surveys = work.table::<survey::Entity>().await.unwrap();
    let tess = surveys.get_by_name("TESS").await.unwrap().unwrap();
    let table = work.table::<observation::Entity>().await.unwrap();
    let tess_band =
        NewObservation { filter_band: "TESS".to_owned(), ..exposure(tess.id, "a", 1.0, 2.0) };
    table.ingest(&tess_band, now()).await.unwrap();
    let jobs = work.table::<processing_job::Entity>().await.unwrap();
    assert_eq!(jobs.count(&Filter::default()).await.unwrap(), 0, "as it is seeded");

    // One of the survey's own name that comes first is against that again.
    let settings = work.table::<system_config::Entity>().await.unwrap();
    let region = json!({
        "name": "all", "ra_center": 0, "dec_center": 0, "radius": 180, "priority": 1
    });
    let own = json!({ "name": "A", "sky_regions": [region], "missions": [
        { "name": "tess", "min_exposure_time": 0, "max_exposure_time": 9, "filters": ["odd"] },
    ]});
    settings.create_survey_configuration(&own, now()).await.unwrap();
    let odd = exposure(tess.id, "b", 1.0, 2.0);
    let odd = NewObservation { filter_band: "ODD".to_owned(), ..odd };
    let made = table.ingest(&odd, now()).await.unwrap();
    let queued = jobs.slice(&Filter::default(), &[], 10, 0).await.unwrap();
    assert_eq!(queued.iter().map(|job| job.entity_id).collect::<Vec<_>>(), [made.id]);

    settings.remove_survey_configuration("a").await.unwrap();
    let refused =
        table.validate(&NewObservation { observation_id: "c".into(), ..odd }, now()).await;
    assert_eq!(broken(refused), ("filter_band".to_owned(), "unknown"));
    surveys
        .patch(tess.id, SurveyPatch { is_active: Some(false), ..Default::default() }, now())
        .await
        .unwrap();
    let refused = table.ingest(&exposure(tess.id, "d", 1.0, 2.0), now()).await;
    assert_eq!(broken(refused), ("survey_id".to_owned(), "inactive"));
}

async fn what_is_known_of_an_exposure_can_be_changed(engine: Engine) {
    let world = World::new(engine).await;
    let survey = world.survey("Patched").await.id;
    let made = world.observation(survey, "a").await;
    let patch = ObservationPatch {
        ra: Some(10.000_000_04),
        airmass: Some(Some(1.234_5)),
        thumbnail_path: Some(Some("thumbs/a.png".to_owned())),
        ..ObservationPatch::default()
    };
    let work = world.work(after(1));
    let table = work.table::<observation::Entity>().await.unwrap();
    let changed = table.patch(made.id, patch.clone(), after(1)).await.unwrap();
    assert_eq!(changed.ra, Decimal::from(10));
    assert_eq!(changed.airmass, Some(Decimal::new(123, 2)));
    assert_eq!((changed.created_at, changed.updated_at), (made.created_at, after(1)));
    assert_ne!(changed.healpix, made.healpix, "it is found where it is now");
    let same = table.patch(made.id, patch, after(2)).await.unwrap();
    assert_eq!(same, changed, "nothing changed, so nothing was written");
    let cleared = ObservationPatch { airmass: Some(None), ..ObservationPatch::default() };
    assert_eq!(table.patch(made.id, cleared, after(2)).await.unwrap().airmass, None);
    for (patch, field, rule) in [
        (ObservationPatch { dec: Some(91.0), ..Default::default() }, "dec", "range"),
        (
            ObservationPatch { filter_band: Some("q".to_owned()), ..Default::default() },
            "filter_band",
            "unknown",
        ),
        (
            ObservationPatch { fits_file_path: Some(Some("x".repeat(501))), ..Default::default() },
            "fits_file_path",
            "too_long",
        ),
    ] {
        let refused = table.patch(made.id, patch, after(3)).await;
        assert_eq!(broken(refused), (field.to_owned(), rule));
    }
    let nobody = table.patch(Uuid::nil(), ObservationPatch::default(), after(3)).await;
    assert!(matches!(nobody, Err(Error::NotFound { .. })));
    work.commit().await.unwrap();
    assert_eq!(world.audit("observation.update").await.len(), 2);
}
