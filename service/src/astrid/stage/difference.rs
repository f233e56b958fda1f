//! Jobs of the kind `difference`.

use almanac_entity::astrid::{
    ObservationStatus, candidate, difference_run, observation, processing_job,
};
use sea_orm::prelude::{DateTimeUtc, Json};
use serde::Deserialize;
use serde_json::json;

use crate::{
    Error, Repository, Result, Writable,
    astrid::{
        Differenced, NewCandidate, NewDifferenceRun, RADIUS_PX,
        runs::{self, document, of_row, setting},
    },
};

/// How images are subtracted.
const SETTING: &str = "pipeline.differencing";

/// What a worker answers.
#[derive(Deserialize)]
struct Output {
    #[serde(flatten)]
    run: Differenced,
    candidates: Vec<NewCandidate>,
}

pub(super) async fn begin<C: Writable>(
    connection: &C,
    job: &processing_job::Model,
    now: DateTimeUtc,
) -> Result<Json> {
    let runs = Repository::<_, difference_run::Entity>::new(connection);
    let observations = runs.on::<observation::Entity>();
    runs::revive(connection, job.entity_id, ObservationStatus::Preprocessed, now).await?;
    let create = async || {
        let setting = setting(connection, SETTING).await?;
        let algorithm = setting.get("algorithm").and_then(Json::as_str).unwrap_or("zogy");
        let new = NewDifferenceRun {
            observation_id: job.entity_id,
            reference_observation_id: runs
                .pick_reference(job.entity_id)
                .await?
                .map(|reference| reference.id),
            algorithm: algorithm.to_owned(),
            parameters: Some(setting).filter(Json::is_object),
        };
        runs.create(new, now).await
    };
    let run = runs::begin(&runs, job.entity_id, now, create).await?;
    let observation = observations.get(run.observation_id).await?;
    let reference = match run.reference_observation_id {
        Some(id) => Some(observations.get(id).await?),
        None => None,
    };
    Ok(json!({
        "run_id": run.id,
        "observation": of_row::<observation::Entity>(&observation),
        "reference": reference.as_ref().map(of_row::<observation::Entity>),
        "algorithm": run.algorithm,
        "parameters": run.parameters,
    }))
}

pub(super) async fn finish<C: Writable>(
    connection: &C,
    job: &processing_job::Model,
    output: Json,
    now: DateTimeUtc,
) -> Result<()> {
    let running = runs::running::<_, difference_run::Entity>(connection, job.entity_id).await?;
    let run = running.ok_or_else(|| Error::not_found("difference run of this job"))?;
    let output: Output = document(output)?;
    let runs = Repository::<_, difference_run::Entity>::new(connection);
    runs.finish(run.id, output.run, &output.candidates, now).await?;
    let setting = setting(connection, SETTING).await?;
    let radius = setting.get("duplicate_radius_px").and_then(Json::as_f64).unwrap_or(RADIUS_PX);
    runs.on::<candidate::Entity>().mark_duplicates(run.id, radius, now).await?;
    Ok(())
}

pub(super) async fn fail<C: Writable>(
    connection: &C,
    job: &processing_job::Model,
    error: &str,
    is_retried: bool,
    now: DateTimeUtc,
) -> Result<()> {
    runs::follow::<_, difference_run::Entity>(connection, job.entity_id, error, is_retried, now)
        .await
}
