//! What a model makes of candidates.

use almanac_entity::astrid::{
    CandidateStatus, DetectionStatus, DetectionType, ModelRunStatus, candidate, detection,
    difference_run, model_run, processing_job,
};
use almanac_service::{
    Error,
    astrid::{Inferred, Score, detection_type},
};
use sea_orm::prelude::{Decimal, Uuid};
use serde_json::json;

use crate::{
    support::{Engine, engines},
    world::{World, after},
};

engines! {
    ast_p3_02_an_inference_pass_is_one_run,
    ast_p3_02_a_pass_that_fails_gives_its_candidates_back,
    ast_p3_03_confident_scores_become_detections,
    ast_p3_04_the_most_confident_hundred_stay,
    ast_p3_05_a_detection_is_of_a_type,
    ast_p3_05_a_score_without_a_position_is_refused,
    ast_p3_06_a_run_is_finished_once,
    what_somebody_decided_meanwhile_stays,
    a_model_that_is_not_deployed_does_not_run,
}

/// A difference run with so many candidates, and a model's run over them.
pub(crate) async fn scoring(
    world: &World,
    sources: i64,
) -> (difference_run::Model, model_run::Model) {
    let survey = world.survey("Scored").await;
    let model = world.deployed("net", "2.1").await;
    let difference = world.differenced(survey.id, "a", sources).await;
    let run = world.inferring(model.id, &difference, after(40)).await;
    (difference, run)
}

pub(crate) fn score(candidate: &candidate::Model, confidence: f64) -> Score {
    Score { candidate_id: Some(candidate.id), confidence, ..Score::default() }
}

/// Ends a run with scores, in work of its own.
pub(crate) async fn finish(
    world: &World,
    (difference, run): (&difference_run::Model, &model_run::Model),
    scores: &[Score],
) -> almanac_service::Result<model_run::Model> {
    let work = world.work(after(45));
    let runs = work.table::<model_run::Entity>().await?;
    let inferred = Inferred {
        inference_time_ms: Some(1200),
        memory_usage_mb: Some(900),
        ..Inferred::default()
    };
    let (run, _) = runs.finish(run.id, Some(difference.id), scores, inferred, after(45)).await?;
    work.commit().await?;
    Ok(run)
}

async fn states(world: &World, run: Uuid) -> Vec<(CandidateStatus, usize)> {
    use CandidateStatus::{Detected, Duplicate, Pending, Processing, Rejected};
    let candidates = world.candidates(run).await;
    let count = |status| candidates.iter().filter(|one| one.status == status).count();
    let all = [Pending, Processing, Detected, Rejected, Duplicate];
    all.into_iter().map(|one| (one, count(one))).filter(|(_, count)| *count > 0).collect()
}

async fn ast_p3_02_an_inference_pass_is_one_run(engine: Engine) {
    let world = World::new(engine).await;
    let (difference, run) = scoring(&world, 20).await;
    assert_eq!((run.status, run.started_at), (ModelRunStatus::Running, Some(after(40))));
    assert_eq!(states(&world, difference.id).await, [(CandidateStatus::Processing, 20)]);
    let candidates = world.candidates(difference.id).await;
    let scores: Vec<_> = candidates.iter().map(|one| score(one, 0.3)).collect();
    let run = finish(&world, (&difference, &run), &scores).await.unwrap();
    assert_eq!(run.status, ModelRunStatus::Completed);
    assert_eq!((run.inference_time_ms, run.memory_usage_mb), (Some(1200), Some(900)));
    assert_eq!((run.total_predictions, run.high_confidence_predictions), (Some(20), Some(0)));
    assert_eq!(run.completed_at, Some(after(45)));
    assert_eq!(run.input_image_path.as_deref(), Some("difference/a.fits"));
    assert_eq!(world.count("model_runs").await, 1);
    let jobs = world.rows::<processing_job::Entity>().await;
    let next: Vec<_> = jobs.iter().filter(|job| job.job_type == "validate").collect();
    assert_eq!(next.len(), 1);
    assert_eq!((next[0].entity_type.as_str(), next[0].entity_id), ("model_run", run.id));
    for verb in ["create", "start", "complete"] {
        assert_eq!(world.audit(&format!("model_run.{verb}")).await.len(), 1, "{verb}");
    }
}

async fn ast_p3_02_a_pass_that_fails_gives_its_candidates_back(engine: Engine) {
    let world = World::new(engine).await;
    let (difference, run) = scoring(&world, 20).await;
    let work = world.work(after(50));
    let runs = work.table::<model_run::Entity>().await.unwrap();
    let failed = runs.fail(run.id, Some(difference.id), "no memory", after(50)).await.unwrap();
    assert_eq!(failed.status, ModelRunStatus::Failed);
    assert_eq!(failed.error_message.as_deref(), Some("no memory"));
    assert_eq!(failed.completed_at, Some(after(50)));
    // It stays so; a retry is a new run.
    let again = runs.start(run.id, Some(difference.id), after(51)).await;
    assert!(matches!(again, Err(Error::InvalidTransition(_))), "{again:?}");
    let again = runs.fail(run.id, Some(difference.id), "again", after(51)).await;
    assert!(matches!(again, Err(Error::InvalidTransition(_))), "{again:?}");
    work.commit().await.unwrap();
    assert_eq!(states(&world, difference.id).await, [(CandidateStatus::Pending, 20)]);
    let second = world.inferring(run.model_id, &difference, after(60)).await;
    assert_ne!(second.id, run.id);
    assert_eq!(states(&world, difference.id).await, [(CandidateStatus::Processing, 20)]);
    let batches = world.audit("candidate.bulk_status").await;
    let of: Vec<_> = batches
        .iter()
        .map(|batch| batch.new_values.as_ref().unwrap()["status"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(of, ["processing", "pending", "processing"]);
}

async fn ast_p3_03_confident_scores_become_detections(engine: Engine) {
    use CandidateStatus::{Detected, Rejected};
    let world = World::new(engine).await;
    let (difference, run) = scoring(&world, 256).await;
    let candidates = world.candidates(difference.id).await;
    let sure = [0.5, 0.8, 0.799_9, 0.95, 0.6, 0.81, 0.7];
    let scores: Vec<_> = candidates
        .iter()
        .enumerate()
        .map(|(index, one)| score(one, sure.get(index).copied().unwrap_or(0.499)))
        .collect();
    let run = finish(&world, (&difference, &run), &scores).await.unwrap();
    assert_eq!(states(&world, difference.id).await, [(Detected, 7), (Rejected, 249)]);
    assert_eq!((run.total_predictions, run.high_confidence_predictions), (Some(256), Some(3)));
    let detections = world.rows::<detection::Entity>().await;
    assert_eq!(detections.len(), 7);
    for detection in &detections {
        let candidate = candidates.iter().find(|one| Some(one.id) == detection.candidate_id);
        let candidate = candidate.unwrap();
        assert_eq!((detection.ra, detection.dec), (candidate.ra, candidate.dec));
        let pixel = (detection.pixel_x, detection.pixel_y);
        assert_eq!(pixel, (candidate.pixel_x, candidate.pixel_y));
        assert_eq!(detection.model_version, "2.1");
        assert_eq!(detection.model_run_id, run.id);
        assert_eq!(detection.observation_id, difference.observation_id);
        assert_eq!((detection.status, detection.is_validated), (DetectionStatus::Pending, false));
        assert!(detection.healpix.is_some());
    }
    let [batch] = &world.audit("detection.bulk_create").await[..] else { panic!("one row") };
    assert_eq!((batch.entity_type.as_str(), batch.entity_id), ("model_run", run.id));
    assert_eq!(batch.new_values.as_ref().unwrap()["count"], json!(7));
}

async fn ast_p3_04_the_most_confident_hundred_stay(engine: Engine) {
    use CandidateStatus::{Detected, Rejected};
    let world = World::new(engine).await;
    let (difference, run) = scoring(&world, 200).await;
    let candidates = world.candidates(difference.id).await;
    // 150 qualify; the last 60 of them are equally confident.
    let of = |index: usize| match index {
        0..50 => 0.1,
        50..140 => 0.6 + f64::from(u8::try_from(index).unwrap()) / 1000.0,
        _ => 0.55,
    };
    let scores: Vec<_> =
        candidates.iter().enumerate().map(|(index, one)| score(one, of(index))).collect();
    finish(&world, (&difference, &run), &scores).await.unwrap();
    let mut kept: Vec<_> = world
        .rows::<detection::Entity>()
        .await
        .iter()
        .map(|one| one.candidate_id.unwrap())
        .collect();
    let mut equal: Vec<_> = candidates[140..].iter().map(|one| one.id).collect();
    equal.sort_unstable();
    let mut expected: Vec<_> = candidates[50..140].iter().map(|one| one.id).collect();
    expected.extend(&equal[..10]);
    expected.sort_unstable();
    kept.sort_unstable();
    assert_eq!(kept, expected);
    assert_eq!(states(&world, difference.id).await, [(Detected, 100), (Rejected, 100)]);
}

async fn ast_p3_05_a_detection_is_of_a_type(engine: Engine) {
    use DetectionType::{Artifact, Supernova, Transient, Unknown, Variable};
    for (confidence, size, expected) in [
        (8001, Some(50.1), Supernova),
        (8000, Some(50.1), Variable),
        (8001, Some(50.0), Variable),
        (6001, Some(20.1), Variable),
        (6000, Some(20.1), Transient),
        (6001, Some(20.0), Transient),
        (4001, Some(1.0), Transient),
        (4000, Some(1.0), Unknown),
        (9999, None, Transient),
        (1000, None, Transient),
    ] {
        let found = detection_type(Decimal::new(confidence, 4), size);
        assert_eq!(found, expected, "{confidence} {size:?}");
    }
    let world = World::new(engine).await;
    let (difference, run) = scoring(&world, 3).await;
    let candidates = world.candidates(difference.id).await;
    let scores = [
        Score { metadata: Some(json!({ "size_px": 60 })), ..score(&candidates[0], 0.9) },
        Score { detection_type: Some(Artifact), ..score(&candidates[1], 0.8) },
        score(&candidates[2], 0.7),
    ];
    finish(&world, (&difference, &run), &scores).await.unwrap();
    let mut found = world.rows::<detection::Entity>().await;
    found.sort_by_key(|one| std::cmp::Reverse(one.confidence_score));
    let types: Vec<_> = found.iter().map(|one| one.detection_type).collect();
    assert_eq!(types, [Supernova, Artifact, Transient]);
    assert_eq!(found[0].prediction_metadata, Some(json!({ "size_px": 60 })));
}

async fn ast_p3_05_a_score_without_a_position_is_refused(engine: Engine) {
    use CandidateStatus::{Detected, Pending};
    let world = World::new(engine).await;
    let (difference, run) = scoring(&world, 3).await;
    let candidates = world.candidates(difference.id).await;
    let bare = Score {
        ra: Some(150.000_000_01),
        dec: Some(2.0),
        pixel_x: Some(4),
        pixel_y: Some(5),
        confidence: 0.9,
        ..Score::default()
    };
    let nobody = Score { candidate_id: Some(Uuid::now_v7()), ..bare.clone() };
    let sure = score(&candidates[0], 0.9);
    for (second, field, word) in [
        (Score { ra: None, ..bare.clone() }, "ra", "required"),
        (Score { dec: None, ..bare.clone() }, "dec", "required"),
        (Score { pixel_y: None, confidence: 0.1, ..bare.clone() }, "pixel_y", "required"),
        (Score { pixel_x: Some(-1), ..bare.clone() }, "pixel_x", "range"),
        (Score { ra: Some(360.5), ..bare.clone() }, "position", "range"),
        (Score { confidence: 1.000_1, ..bare.clone() }, "confidence", "range"),
        (Score { metadata: Some(json!([1])), ..bare.clone() }, "metadata", "format"),
        (nobody, "candidate_id", "unknown"),
        (sure.clone(), "candidate_id", "duplicate"),
    ] {
        let refused = finish(&world, (&difference, &run), &[sure.clone(), second]).await;
        let Err(Error::Invalid { argument, rule, .. }) = refused else { panic!("{refused:?}") };
        assert_eq!((argument.as_str(), rule), (field, Some(word)));
    }
    assert_eq!(world.count("detections").await, 0);
    assert_eq!(states(&world, difference.id).await, [(CandidateStatus::Processing, 3)]);
    finish(&world, (&difference, &run), &[sure, bare]).await.unwrap();
    let mut found = world.rows::<detection::Entity>().await;
    found.sort_by_key(|one| one.candidate_id.is_none());
    assert_eq!(found.len(), 2);
    assert_eq!((found[1].candidate_id, found[1].ra), (None, Decimal::from(150)));
    // Two candidates got no score.
    assert_eq!(states(&world, difference.id).await, [(Pending, 2), (Detected, 1)]);
}

async fn ast_p3_06_a_run_is_finished_once(engine: Engine) {
    let world = World::new(engine).await;
    let (difference, run) = scoring(&world, 10).await;
    let candidates = world.candidates(difference.id).await;
    let scores: Vec<_> = candidates.iter().map(|one| score(one, 0.9)).collect();
    // A crash before the commit leaves nothing.
    let work = world.work(after(44));
    let runs = work.table::<model_run::Entity>().await.unwrap();
    let of = Some(difference.id);
    runs.finish(run.id, of, &scores, Inferred::default(), after(44)).await.unwrap();
    drop(runs);
    work.undo().await;
    assert_eq!(world.count("detections").await, 0);

    let (one, two) = tokio::join!(
        finish(&world, (&difference, &run), &scores),
        finish(&world, (&difference, &run), &scores),
    );
    assert_eq!(u8::from(one.is_ok()) + u8::from(two.is_ok()), 1, "{one:?} {two:?}");
    let refused = one.err().or(two.err());
    assert!(matches!(refused, Some(Error::InvalidTransition(_))), "{refused:?}");
    let again = finish(&world, (&difference, &run), &scores).await;
    assert!(matches!(again, Err(Error::InvalidTransition(_))), "{again:?}");
    assert_eq!(world.count("detections").await, 10);
    assert_eq!(world.count("processing_jobs WHERE job_type = 'validate'").await, 1);
    assert_eq!(world.audit("detection.bulk_create").await.len(), 1);
}

async fn what_somebody_decided_meanwhile_stays(engine: Engine) {
    use CandidateStatus::{Detected, Rejected};
    let world = World::new(engine).await;
    let (difference, run) = scoring(&world, 3).await;
    let found = world.candidates(difference.id).await;
    let work = world.work(after(41));
    let candidates = work.table::<candidate::Entity>().await.unwrap();
    let to = CandidateStatus::Rejected;
    candidates.set_status(found[0].id, to, Some("a satellite"), after(41)).await.unwrap();
    work.commit().await.unwrap();
    let scores: Vec<_> = found.iter().map(|one| score(one, 0.9)).collect();
    let run = finish(&world, (&difference, &run), &scores).await.unwrap();
    assert_eq!((run.total_predictions, run.high_confidence_predictions), (Some(3), Some(2)));
    assert_eq!(states(&world, difference.id).await, [(Detected, 2), (Rejected, 1)]);
}

async fn a_model_that_is_not_deployed_does_not_run(engine: Engine) {
    use almanac_service::astrid::NewModelRun;

    let world = World::new(engine).await;
    let model = world.deployed("net", "1").await;
    world.deployed("net", "2").await;
    let new = NewModelRun {
        model_id: model.id,
        observation_id: None,
        input_image_path: None,
        allow_inactive: false,
    };
    let work = world.work(after(10));
    let runs = work.table::<model_run::Entity>().await.unwrap();
    let refused = runs.create(new.clone(), after(10)).await;
    assert!(matches!(refused, Err(Error::Invalid { rule: Some("inactive"), .. })), "{refused:?}");
    let nobody = NewModelRun { model_id: Uuid::now_v7(), ..new.clone() };
    assert!(matches!(runs.create(nobody, after(10)).await, Err(Error::NotFound { .. })));
    let run = runs.create(NewModelRun { allow_inactive: true, ..new }, after(10)).await.unwrap();
    // A run over a dataset has no observation for positions of its own.
    runs.start(run.id, None, after(11)).await.unwrap();
    let bare = Score {
        ra: Some(1.0),
        dec: Some(2.0),
        pixel_x: Some(0),
        pixel_y: Some(0),
        confidence: 0.9,
        ..Score::default()
    };
    let refused = runs.finish(run.id, None, &[bare], Inferred::default(), after(12)).await;
    assert!(
        matches!(&refused, Err(Error::Invalid { argument, .. }) if argument == "observation_id"),
        "{refused:?}"
    );
    work.undo().await;
}
