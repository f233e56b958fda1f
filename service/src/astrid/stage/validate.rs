//! Jobs of the kind `validate`.

use almanac_entity::astrid::{alert, model_run, processing_job};
use sea_orm::prelude::{DateTimeUtc, Json};
use serde_json::json;

use crate::{Repository, Result, Writable, astrid::no_such};

/// The phase that brings alerts.
const PHASE: u8 = 4;

/// There is no run to start: the detections of the model run are there.
pub(super) async fn begin<C: Writable>(
    connection: &C,
    job: &processing_job::Model,
    _: DateTimeUtc,
) -> Result<Json> {
    let runs = Repository::<_, model_run::Entity>::new(connection);
    let run = runs.find(job.entity_id).await?;
    let run = run.ok_or_else(|| no_such::<model_run::Entity>(job.entity_id))?;
    Ok(json!({ "model_run_id": run.id }))
}

/// Makes the alerts. Before the phase that brings them there is nothing to do.
pub(super) async fn finish<C: Writable>(
    connection: &C,
    job: &processing_job::Model,
    _: Json,
    now: DateTimeUtc,
) -> Result<()> {
    if connection.phase().is_some_and(|phase| phase < PHASE) {
        return Ok(());
    }
    Repository::<_, alert::Entity>::new(connection).evaluate(job.entity_id, now).await?;
    Ok(())
}

/// Nothing was begun that would have to follow.
pub(super) async fn fail<C: Writable>(
    _: &C,
    _: &processing_job::Model,
    _: &str,
    _: bool,
    _: DateTimeUtc,
) -> Result<()> {
    Ok(())
}
