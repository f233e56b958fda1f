//! Ingesting observations.

use almanac_entity::astrid::{
    ObservationStatus, ProcessingJobStatus, observation, processing_job, survey, system_config,
};
use almanac_service::{
    Error,
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
    ast_p1_04_each_rule_takes_and_refuses,
    a_batch_that_is_to_fail_stops_at_the_first_problem,
    an_observation_is_ingested_once,
    a_configuration_can_keep_observations_from_being_preprocessed,
    what_is_known_of_an_exposure_can_be_changed,
}

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
    let spoil: [(fn(&mut NewObservation), &str, &str); 4] = [
        (|new| new.dec = 90.5, "dec", "range"),
        (|new| new.filter_band = "q".to_owned(), "filter_band", "unknown"),
        (|new| new.fits_url = "gopher://x".to_owned(), "fits_url", "format"),
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

/// What a rule refuses, and takes beside it.
type Rule = (&'static str, &'static str, fn(&mut NewObservation), fn(&mut NewObservation));

/// The rules, in their order.
const RULES: &[Rule] = &[
    ("survey_id", "required", |new| new.survey_id = Uuid::nil(), |_| {}),
    (
        "observation_id",
        "required",
        |new| new.observation_id = " ".to_owned(),
        |new| new.observation_id = "é".repeat(255),
    ),
    ("filter_band", "required", |new| new.filter_band = String::new(), |_| {}),
    ("fits_url", "required", |new| new.fits_url = "\t".to_owned(), |_| {}),
    ("fits_url", "format", |new| new.fits_url.push('\0'), |_| {}),
    (
        "observation_id",
        "too_long",
        |new| new.observation_id = "é".repeat(256),
        |new| new.observation_id = "ë".repeat(255),
    ),
    ("ra", "range", |new| new.ra = f64::NAN, |new| new.ra = 0.0),
    ("ra", "range", |new| new.ra = -1e-9, |new| new.ra = 359.999_999_99),
    ("ra", "range", |new| new.ra = 360.000_000_1, |new| new.ra = 360.0),
    ("dec", "range", |new| new.dec = f64::INFINITY, |new| new.dec = 90.0),
    ("dec", "range", |new| new.dec = -90.000_000_1, |new| new.dec = -90.0),
    (
        "observation_time",
        "range",
        |new| new.observation_time = "1989-12-31T23:59:59Z".parse().unwrap(),
        |new| new.observation_time = "1990-01-01T00:00:00Z".parse().unwrap(),
    ),
    (
        "observation_time",
        "range",
        |new| new.observation_time = now() + Duration::microseconds(1),
        |new| new.observation_time = now(),
    ),
    (
        "filter_band",
        "unknown",
        |new| new.filter_band = "F81W".to_owned(),
        |new| new.filter_band = "f814w".to_owned(),
    ),
    (
        "filter_band",
        "unknown",
        |new| new.filter_band = "B'".to_owned(),
        |new| new.filter_band = "R'".to_owned(),
    ),
    (
        "filter_band",
        "unknown",
        |new| new.filter_band = "F1000W".to_owned(),
        |new| new.filter_band = "F356W".to_owned(),
    ),
    (
        "exposure_time",
        "range",
        |new| new.exposure_time = 0.000_999,
        |new| new.exposure_time = 0.001,
    ),
    (
        "exposure_time",
        "range",
        |new| new.exposure_time = 86_400.1,
        |new| new.exposure_time = 86_400.0,
    ),
    (
        "fits_url",
        "too_long",
        |new| new.fits_url = format!("s3:{}", "x".repeat(998)),
        |new| new.fits_url = format!("s3:{}", "x".repeat(997)),
    ),
    (
        "fits_url",
        "format",
        |new| new.fits_url = "ftp://a/b".to_owned(),
        |new| new.fits_url = "MAST:HST/product/1.fits".to_owned(),
    ),
    ("airmass", "range", |new| new.airmass = Some(0.004), |new| new.airmass = Some(1.0)),
    ("airmass", "range", |new| new.airmass = Some(1000.0), |new| new.airmass = Some(999.99)),
    ("seeing", "range", |new| new.seeing = Some(-1.0), |new| new.seeing = Some(0.001)),
    ("seeing", "range", |new| new.seeing = Some(999.999_9), |new| new.seeing = None),
    ("pixel_scale", "range", |new| new.pixel_scale = Some(0.0), |new| new.pixel_scale = Some(0.4)),
    ("image_width", "range", |new| new.image_width = Some(0), |new| new.image_width = Some(1)),
    ("image_height", "range", |new| new.image_height = Some(-1), |new| new.image_height = Some(1)),
];

fn broken<T: std::fmt::Debug>(result: Result<T, Error>) -> (String, &'static str) {
    match result {
        Err(Error::Invalid { argument, rule: Some(rule), .. }) => (argument, rule),
        other => panic!("{other:?}"),
    }
}

async fn ast_p1_04_each_rule_takes_and_refuses(engine: Engine) {
    let world = World::new(engine).await;
    let survey = world.survey("Rules").await.id;
    for (index, (field, rule, refused, taken)) in RULES.iter().enumerate() {
        let work = world.work(now());
        let table = work.table::<observation::Entity>().await.unwrap();
        let mut new = exposure(survey, &format!("{index}"), 1.0, 2.0);
        refused(&mut new);
        let expected = ((*field).to_owned(), *rule);
        assert_eq!(broken(table.validate(&new, now()).await), expected, "{index}");
        assert_eq!(broken(table.ingest(&new, now()).await), expected, "{index}");
        let mut new = exposure(survey, &format!("{index}"), 1.0, 2.0);
        taken(&mut new);
        table.validate(&new, now()).await.unwrap();
        work.commit().await.unwrap();
        let before = world.count("observations").await;
        assert_eq!(i64::try_from(index).unwrap(), before, "neither of them wrote anything");
        let work = world.work(now());
        let table = work.table::<observation::Entity>().await.unwrap();
        table.ingest(&new, now()).await.unwrap();
        work.commit().await.unwrap();
    }
    assert_eq!(world.count("processing_jobs").await, world.count("observations").await);

    // The first that fails is told, in the order of the rules.
    let work = world.work(now());
    let table = work.table::<observation::Entity>().await.unwrap();
    let mut worst = exposure(survey, "worst", 1.0, 2.0);
    for (field, rule, refused, _) in RULES.iter().rev() {
        refused(&mut worst);
        assert_eq!(broken(table.validate(&worst, now()).await), ((*field).to_owned(), *rule));
    }

    // What the database holds against it: no survey, a survey that is asleep, the same observation.
    let there = exposure(survey, "0", 1.0, 2.0);
    let surveys = work.table::<survey::Entity>().await.unwrap();
    let asleep = surveys.get_by_name("LSST").await.unwrap().unwrap().id;
    let without = exposure(Uuid::max(), "a", 1.0, 2.0);
    let inactive = exposure(asleep, "a", 1.0, 2.0);
    let verdicts: [(&NewObservation, fn(&Error) -> bool); 3] = [
        (&without, |error| matches!(error, Error::NotFound { .. })),
        (&inactive, |error| matches!(error, Error::Invalid { rule: Some("inactive"), .. })),
        (&there, |error| matches!(error, Error::AlreadyExists { id: Some(_), .. })),
    ];
    for (new, is_it) in verdicts {
        let validated = table.validate(new, now()).await.unwrap_err();
        let ingested = table.ingest(new, now()).await.unwrap_err();
        assert!(is_it(&validated) && is_it(&ingested), "{validated} / {ingested}");
        assert_eq!(validated.to_string(), ingested.to_string());
    }

    // Fields that have to be given, of a document.
    let whole = json!({
        "observation_id": "d", "ra": 1, "dec": 2.5, "observation_time": "2025-10-01T00:00:00+02:00",
        "filter_band": "g", "exposure_time": 30, "fits_url": "file:///a.fits", "seeing": null,
        "image_width": 512, "another": [],
    });
    let read = |document: &serde_json::Value| ObservationDraft::read(document)?.complete(survey);
    let new = read(&whole).unwrap();
    assert_eq!((new.dec, new.image_width, new.seeing), (2.5, Some(512), None));
    assert_eq!(new.observation_time.to_rfc3339(), "2025-09-30T22:00:00+00:00");
    for field in [
        "observation_id",
        "ra",
        "dec",
        "observation_time",
        "filter_band",
        "exposure_time",
        "fits_url",
    ] {
        let mut document = whole.clone();
        document[field] = json!(null);
        assert_eq!(broken(read(&document)), (field.to_owned(), "required"));
        document[field] = json!({});
        assert_eq!(broken(read(&document)), (field.to_owned(), "format"));
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
    assert_eq!(jobs.count(&Default::default()).await.unwrap(), 0, "as it is seeded");

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
    let queued = jobs.slice(&Default::default(), &[], 10, 0).await.unwrap();
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
