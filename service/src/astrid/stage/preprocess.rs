//! Jobs of the kind `preprocess`.

use almanac_entity::astrid::{ObservationStatus, observation, preprocess_run, processing_job};
use sea_orm::prelude::{DateTimeUtc, Json};
use serde_json::json;

use crate::{
    Error, Repository, Result, Writable,
    astrid::runs::{self, document, of_row},
};

pub(super) async fn begin<C: Writable>(
    connection: &C,
    job: &processing_job::Model,
    now: DateTimeUtc,
) -> Result<Json> {
    let runs = Repository::<_, preprocess_run::Entity>::new(connection);
    runs::revive(connection, job.entity_id, ObservationStatus::Ingested, now).await?;
    let create = async || runs.create(job.entity_id, now).await;
    let run = runs::begin(&runs, job.entity_id, now, create).await?;
    let observation = runs.on::<observation::Entity>().get(job.entity_id).await?;
    Ok(json!({ "run_id": run.id, "observation": of_row::<observation::Entity>(&observation) }))
}

pub(super) async fn finish<C: Writable>(
    connection: &C,
    job: &processing_job::Model,
    output: Json,
    now: DateTimeUtc,
) -> Result<()> {
    let running = runs::running::<_, preprocess_run::Entity>(connection, job.entity_id).await?;
    let run = running.ok_or_else(|| Error::not_found("preprocessing run of this job"))?;
    let runs = Repository::<_, preprocess_run::Entity>::new(connection);
    runs.finish(run.id, document(output)?, now).await?;
    Ok(())
}

pub(super) async fn fail<C: Writable>(
    connection: &C,
    job: &processing_job::Model,
    error: &str,
    is_retried: bool,
    now: DateTimeUtc,
) -> Result<()> {
    runs::follow::<_, preprocess_run::Entity>(connection, job.entity_id, error, is_retried, now)
        .await
}
