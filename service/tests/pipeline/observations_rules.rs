//! The rules of a new observation, one by one.

use almanac_entity::astrid::{observation, survey};
use almanac_service::{
    Error,
    astrid::{NewObservation, ObservationDraft},
};
use chrono::Duration;
use sea_orm::prelude::Uuid;
use serde_json::json;

use crate::{
    observations::broken,
    support::{Engine, engines},
    world::{World, exposure, now},
};

engines! { ast_p1_04_each_rule_takes_and_refuses }

/// Makes an observation another.
type Change = fn(&mut NewObservation);
/// What a rule refuses, and takes beside it.
type Rule = (&'static str, &'static str, Change, Change);
/// Whether an error is the one expected.
type Verdict = fn(&Error) -> bool;

/// The rules, in their order.
const RULES: &[Rule] = &[
    ("survey_id", "required", |new| new.survey_id = Uuid::nil(), |_| {}),
    (
        "observation_id",
        "required",
        |new| new.observation_id = " ".into(),
        |new| new.observation_id = "é".repeat(255),
    ),
    ("filter_band", "required", |new| new.filter_band = String::new(), |_| {}),
    ("fits_url", "required", |new| new.fits_url = "\t".into(), |_| {}),
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
        |new| new.filter_band = "F81W".into(),
        |new| new.filter_band = "f814w".into(),
    ),
    (
        "filter_band",
        "unknown",
        |new| new.filter_band = "B'".into(),
        |new| new.filter_band = "R'".into(),
    ),
    (
        "filter_band",
        "unknown",
        |new| new.filter_band = "F1000W".into(),
        |new| new.filter_band = "F356W".into(),
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
        |new| new.fits_url = "ftp://a/b".into(),
        |new| new.fits_url = "MAST:HST/product/1.fits".into(),
    ),
    ("airmass", "range", |new| new.airmass = Some(0.004), |new| new.airmass = Some(1.0)),
    ("airmass", "range", |new| new.airmass = Some(1000.0), |new| new.airmass = Some(999.99)),
    ("seeing", "range", |new| new.seeing = Some(-1.0), |new| new.seeing = Some(0.001)),
    ("seeing", "range", |new| new.seeing = Some(999.999_9), |new| new.seeing = None),
    ("pixel_scale", "range", |new| new.pixel_scale = Some(0.0), |new| new.pixel_scale = Some(0.4)),
    ("image_width", "range", |new| new.image_width = Some(0), |new| new.image_width = Some(1)),
    ("image_height", "range", |new| new.image_height = Some(-1), |new| new.image_height = Some(1)),
];

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
    let verdicts: [(&NewObservation, Verdict); 3] = [
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
