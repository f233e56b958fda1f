//! Jobs of the kind `notify`.

use almanac_entity::astrid::{AlertStatus, alert, processing_job};
use sea_orm::prelude::{DateTimeUtc, Json};
use serde::Deserialize;

use crate::{Error, Repository, Result, Writable};

/// What a channel answered.
#[derive(Deserialize)]
struct Output {
    accepted: bool,
    response: Option<Json>,
    error: Option<String>,
}

/// An alert that failed is tried again where its job is.
pub(super) async fn begin<C: Writable>(
    connection: &C,
    job: &processing_job::Model,
    now: DateTimeUtc,
) -> Result<Json> {
    let alerts = Repository::<_, alert::Entity>::new(connection);
    if alerts.find(job.entity_id).await?.is_some_and(|alert| alert.status == AlertStatus::Failed) {
        alerts.retry(job.entity_id, now).await?;
    }
    Ok(alerts.delivery(job.entity_id).await?.to_json())
}

pub(super) async fn finish<C: Writable>(
    connection: &C,
    job: &processing_job::Model,
    output: Json,
    now: DateTimeUtc,
) -> Result<()> {
    let output: Output = serde_json::from_value(output)
        .map_err(|error| Error::breaks("format", "output", error.to_string()))?;
    if !output.accepted {
        let message = output.error.unwrap_or_else(|| "the channel refused it".to_owned());
        return Err(Error::breaks("refused", "accepted", message));
    }
    let alerts = Repository::<_, alert::Entity>::new(connection);
    alerts.accepted(job.entity_id, output.response, now).await?;
    Ok(())
}

pub(super) async fn fail<C: Writable>(
    connection: &C,
    job: &processing_job::Model,
    error: &str,
    is_retried: bool,
    now: DateTimeUtc,
) -> Result<()> {
    let alerts = Repository::<_, alert::Entity>::new(connection);
    alerts.refused(job.entity_id, error, is_retried, now).await?;
    Ok(())
}
