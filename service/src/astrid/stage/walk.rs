//! An observation on its way through the stages, as the queue leads it.

use almanac_database::{Address, Database, Location, Origin};
use almanac_entity::{
    UnixTime,
    astrid::{
        CandidateStatus, DetectionStatus, ModelRunStatus, ModelType, ObservationStatus,
        PreprocessRunStatus, candidate, detection, difference_run, ml_model, model_run,
        observation, preprocess_run, processing_job, survey,
    },
};
use almanac_migration::{open, revisions};
use sea_orm::prelude::{DateTimeUtc, Json, Uuid};
use sea_orm_migration::MigratorTraitSelf;
use serde_json::json;
use tempfile::TempDir;

use super::{difference, inference, preprocess};
use crate::{
    Error, Filter, Repository, Sessions, Transaction, Work,
    access::{Operation, Principal, Role},
    astrid::{JobType, ModelFacts, NewJob, NewModel, NewObservation},
};

fn now() -> DateTimeUtc {
    "2025-10-02T12:00:00.123456Z".parse().unwrap()
}

struct Walk {
    sessions: Sessions,
    _folder: TempDir,
}

impl Walk {
    async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("astrid.sqlite3");
        let address =
            Address::new(Database::Astrid, Location::File(file), Origin::Argument("test"));
        let connection = open(&address).await.unwrap();
        revisions(Database::Astrid).up(&connection, None).await.unwrap();
        connection.close().await.unwrap();
        Self { sessions: Sessions::new(vec![address]), _folder: folder }
    }

    fn work(&self) -> Work {
        let who = Principal::new("system:worker:test", Role::Operator);
        let operation = Operation::WorkOnAstridJobs;
        self.sessions.work(Some(&who), operation, None, UnixTime::from(now())).unwrap()
    }
}

/// A job of the kind given on a row, as the queue hands it out.
async fn job(work: &Transaction, job_type: JobType, entity: Uuid) -> processing_job::Model {
    let jobs = Repository::<_, processing_job::Entity>::new(work);
    jobs.enqueue(&NewJob::new(job_type, entity), now()).await.unwrap().job
}

async fn ingest(work: &Work) -> observation::Model {
    let surveys = work.table::<survey::Entity>().await.unwrap();
    let survey = surveys.get_by_name("ZTF").await.unwrap().unwrap();
    let new = NewObservation {
        survey_id: survey.id,
        observation_id: Uuid::now_v7().to_string(),
        ra: 150.25,
        dec: 2.5,
        observation_time: now(),
        filter_band: "g".to_owned(),
        exposure_time: 30.0,
        fits_url: "https://example.org/a.fits".to_owned(),
        pixel_scale: None,
        image_width: None,
        image_height: None,
        airmass: None,
        seeing: None,
    };
    let observations = work.table::<observation::Entity>().await.unwrap();
    observations.ingest(&new, now()).await.unwrap()
}

fn preprocessed() -> Json {
    json!({
        "calibration_applied": true,
        "wcs_aligned": true,
        "registration_quality": 0.9,
        "processed_fits_path": "a.fits",
        "wcs_info": {},
        "unknown": 1,
    })
}

fn differenced(sources: i64) -> Json {
    let source = |index: i64| {
        json!({
            "ra": 150.25, "dec": 2.5, "pixel_x": 20 * index, "pixel_y": 0,
            "flux": 1.0, "significance": 10.5, "snr": null, "is_edge": true,
        })
    };
    let mut sources: Vec<Json> = (0..sources).map(source).collect();
    // What is no number, and what is the first one seen again.
    sources.push(json!({ "ra": null, "dec": 2.5, "pixel_x": 1, "pixel_y": 1 }));
    sources.push(json!({ "ra": 150.25, "dec": 2.5, "pixel_x": 1, "pixel_y": 0 }));
    json!({ "difference_image_path": "d.fits", "noise_level": 1.5, "candidates": sources })
}

#[tokio::test]
async fn an_observation_passes_the_stages() {
    let walk = Walk::new().await;
    let work = walk.work();
    let observation = ingest(&work).await;
    let on = work.transaction(Database::Astrid).await.unwrap();
    let models = work.table::<ml_model::Entity>().await.unwrap();
    let new = NewModel {
        name: "net".to_owned(),
        version: "1".to_owned(),
        model_type: ModelType::Unet,
        facts: ModelFacts::default(),
    };
    let model = models.register(new, now()).await.unwrap();
    models.deploy(model.id, now()).await.unwrap();

    let first = job(on, JobType::Preprocess, observation.id).await;
    let input = preprocess::begin(on, &first, now()).await.unwrap();
    assert_eq!(input["observation"]["ra"], json!(150.25));
    assert_eq!(input["observation"]["status"], json!("preprocessing"));
    // The worker did not come back.
    let again = preprocess::begin(on, &first, now()).await.unwrap();
    assert_eq!(again["run_id"], input["run_id"]);
    preprocess::fail(on, &first, "lease expired", true, now()).await.unwrap();
    let again = preprocess::begin(on, &first, now()).await.unwrap();
    assert_eq!(again["run_id"], input["run_id"]);
    let lacking = preprocess::finish(on, &first, json!({ "wcs_aligned": true }), now()).await;
    assert!(
        matches!(&lacking, Err(Error::Invalid { argument, rule: Some("required"), .. })
            if argument == "calibration_applied"),
        "{lacking:?}"
    );
    preprocess::finish(on, &first, preprocessed(), now()).await.unwrap();
    let runs = Repository::<_, preprocess_run::Entity>::new(on);
    let run = runs.get(input["run_id"].as_str().unwrap().parse::<Uuid>().unwrap()).await.unwrap();
    assert_eq!((run.status, run.retry_count), (PreprocessRunStatus::Completed, 1));

    let second = job(on, JobType::Difference, observation.id).await;
    let input = difference::begin(on, &second, now()).await.unwrap();
    assert_eq!((&input["algorithm"], &input["reference"]), (&json!("zogy"), &Json::Null));
    assert_eq!(input["parameters"]["detection_threshold_sigma"], json!(5.0));
    difference::finish(on, &second, differenced(10), now()).await.unwrap();
    let run: Uuid = input["run_id"].as_str().unwrap().parse().unwrap();
    let found = runs.on::<difference_run::Entity>().get(run).await.unwrap();
    assert_eq!(found.candidates_found, 11);

    let third = job(on, JobType::Inference, run).await;
    let input = inference::begin(on, &third, now()).await.unwrap();
    assert_eq!(input["model"]["version"], json!("1"));
    assert_eq!(input["settings"]["confidence_threshold"], json!(0.5));
    assert_eq!(input["candidates"].as_array().unwrap().len(), 10);
    inference::fail(on, &third, "no memory", true, now()).await.unwrap();
    let again = inference::begin(on, &third, now()).await.unwrap();
    assert_ne!(again["run_id"], input["run_id"]);
    let score = |(place, candidate): (usize, &Json)| json!({ "candidate_id": candidate["id"], "confidence": if place < 3 { 0.9 } else { 0.2 } });
    let candidates = again["candidates"].as_array().unwrap();
    let scores: Vec<Json> = candidates.iter().enumerate().map(score).collect();
    let output = json!({ "scores": scores, "inference_time_ms": 12, "energy_consumed_wh": 0.5 });
    inference::finish(on, &third, output.clone(), now()).await.unwrap();
    assert!(inference::finish(on, &third, output, now()).await.is_err());
    let detections = runs.on::<detection::Entity>();
    let pending = Filter::eq(detection::Column::Status, DetectionStatus::Pending);
    assert_eq!(detections.count(&pending).await.unwrap(), 3);
    let candidates = runs.on::<candidate::Entity>();
    for (status, many) in [
        (CandidateStatus::Detected, 3),
        (CandidateStatus::Rejected, 7),
        (CandidateStatus::Duplicate, 1),
    ] {
        let in_state = Filter::eq(candidate::Column::Status, status);
        assert_eq!(candidates.count(&in_state).await.unwrap(), many, "{status}");
    }
    let passes = runs.on::<model_run::Entity>();
    let failed = Filter::eq(model_run::Column::Status, ModelRunStatus::Failed);
    assert_eq!(passes.count(&failed).await.unwrap(), 1);
    let jobs = runs.on::<processing_job::Entity>();
    let validate = Filter::eq(processing_job::Column::JobType, "validate");
    assert_eq!(jobs.count(&validate).await.unwrap(), 1);
    work.commit().await.unwrap();
}

#[tokio::test]
async fn a_job_that_failed_can_be_done_after_all() {
    let walk = Walk::new().await;
    let work = walk.work();
    let observation = ingest(&work).await;
    let on = work.transaction(Database::Astrid).await.unwrap();
    let observations = Repository::<_, observation::Entity>::new(on);
    let status = async || observations.get(observation.id).await.unwrap().status;

    let first = job(on, JobType::Preprocess, observation.id).await;
    let input = preprocess::begin(on, &first, now()).await.unwrap();
    preprocess::fail(on, &first, "no such file", false, now()).await.unwrap();
    // Nothing is left to fail.
    preprocess::fail(on, &first, "no such file", false, now()).await.unwrap();
    assert_eq!(status().await, ObservationStatus::Failed);
    let again = preprocess::begin(on, &first, now()).await.unwrap();
    assert_ne!(again["run_id"], input["run_id"]);
    preprocess::finish(on, &first, preprocessed(), now()).await.unwrap();

    let second = job(on, JobType::Difference, observation.id).await;
    difference::begin(on, &second, now()).await.unwrap();
    difference::fail(on, &second, "no template", false, now()).await.unwrap();
    assert_eq!(status().await, ObservationStatus::Failed);
    difference::begin(on, &second, now()).await.unwrap();
    assert_eq!(status().await, ObservationStatus::Differencing);
    difference::finish(on, &second, differenced(1), now()).await.unwrap();
    assert_eq!(status().await, ObservationStatus::Differenced);

    // Without a model nothing can be scored.
    let runs = observations.on::<difference_run::Entity>();
    let of = Filter::eq(difference_run::Column::CandidatesFound, 2);
    let run = runs.slice(&of, &[], 1, 0).await.unwrap().remove(0);
    let third = job(on, JobType::Inference, run.id).await;
    let refused = inference::begin(on, &third, now()).await;
    assert!(matches!(refused, Err(Error::NotFound { .. })), "{refused:?}");
    work.undo().await;
}
