//! Jobs of the kind `inference`.

use almanac_entity::astrid::{
    CandidateStatus, DifferenceRunStatus,
    ModelRunStatus::{Pending, Running},
    candidate, difference_run, ml_model, model_run, processing_job,
};
use model_run::Column::{CreatedAt, Id, InputImagePath, ObservationId, Status};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder,
    prelude::{DateTimeUtc, Json},
};
use serde::Deserialize;
use serde_json::json;

use crate::{
    Error, Repository, Result, Writable,
    astrid::{
        Inferred, NewModelRun, SCORING, Score,
        runs::{document, of_row, setting},
    },
};

/// What a worker answers.
#[derive(Deserialize)]
struct Output {
    scores: Vec<Score>,
    #[serde(flatten)]
    run: Inferred,
}

pub(super) async fn begin<C: Writable>(
    connection: &C,
    job: &processing_job::Model,
    now: DateTimeUtc,
) -> Result<Json> {
    let runs = Repository::<_, model_run::Entity>::new(connection);
    let difference = runs.on::<difference_run::Entity>().get(job.entity_id).await?;
    if difference.status != DifferenceRunStatus::Completed {
        let message = format!("run {} is {}", difference.id, difference.status);
        return Err(Error::breaks("state", "difference_run_id", message));
    }
    let settings = setting(connection, SCORING).await?;
    let models = runs.on::<ml_model::Entity>();
    let (run, model) = match underway(connection, &difference).await? {
        Some(run) => {
            let model = models.get(run.model_id).await?;
            (run, model)
        }
        None => {
            let model = match settings.get("model").and_then(Json::as_str) {
                Some(name) => models.active(name).await?,
                None => models.deployed_last().await?,
            };
            let model = model.ok_or_else(|| Error::not_found("model that is deployed"))?;
            let new = NewModelRun {
                model_id: model.id,
                observation_id: Some(difference.observation_id),
                input_image_path: difference.difference_image_path.clone(),
                allow_inactive: false,
            };
            (runs.create(new, now).await?, model)
        }
    };
    if run.status == Pending {
        runs.start(run.id, Some(difference.id), now).await?;
    } else {
        runs.take_candidates(difference.id, now).await?;
    }
    let candidates = candidate::Entity::find()
        .filter(candidate::Column::DifferenceRunId.eq(difference.id))
        .filter(candidate::Column::Status.eq(CandidateStatus::Processing))
        .order_by_asc(candidate::Column::Id)
        .all(connection)
        .await?;
    let candidates: Vec<Json> = candidates.iter().map(of_row::<candidate::Entity>).collect();
    Ok(json!({
        "run_id": run.id,
        "difference_run_id": difference.id,
        "model": of_row::<ml_model::Entity>(&model),
        "settings": settings,
        "candidates": candidates,
    }))
}

pub(super) async fn finish<C: Writable>(
    connection: &C,
    job: &processing_job::Model,
    output: Json,
    now: DateTimeUtc,
) -> Result<()> {
    let runs = Repository::<_, model_run::Entity>::new(connection);
    let difference = runs.on::<difference_run::Entity>().get(job.entity_id).await?;
    let run = underway(connection, &difference).await?.filter(|run| run.status == Running);
    let run = run.ok_or_else(|| Error::not_found("model run of this job"))?;
    let output: Output = document(output)?;
    runs.finish(run.id, Some(difference.id), &output.scores, output.run, now).await?;
    Ok(())
}

/// The run fails for good; another try is another run.
pub(super) async fn fail<C: Writable>(
    connection: &C,
    job: &processing_job::Model,
    error: &str,
    _: bool,
    now: DateTimeUtc,
) -> Result<()> {
    let runs = Repository::<_, model_run::Entity>::new(connection);
    let Some(difference) = runs.on::<difference_run::Entity>().find(job.entity_id).await? else {
        return Ok(());
    };
    // Where the work never began there is none.
    let Some(run) = underway(connection, &difference).await? else { return Ok(()) };
    runs.fail(run.id, Some(difference.id), error, now).await?;
    Ok(())
}

/// The run over a difference image that is waiting or running.
async fn underway<C: Writable>(
    connection: &C,
    difference: &difference_run::Model,
) -> Result<Option<model_run::Model>> {
    let input = match &difference.difference_image_path {
        Some(path) => InputImagePath.eq(path.as_str()),
        None => InputImagePath.is_null(),
    };
    let run = model_run::Entity::find()
        .filter(ObservationId.eq(difference.observation_id))
        .filter(Status.is_in([Pending, Running]))
        .filter(input)
        .order_by_desc(CreatedAt)
        .order_by_desc(Id);
    Ok(run.one(connection).await?)
}
