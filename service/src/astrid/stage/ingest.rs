//! Jobs of the kind `ingest`: exposures of a survey that are new.

use almanac_entity::astrid::{observation, processing_job, survey, system_config};
use observation::Column::{ObservationTime, SurveyId};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    prelude::{DateTimeUtc, Json, Uuid},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    Error, Repository, Result, Writable,
    astrid::{
        BatchOutcome, ObservationDraft, OnDuplicate, SurveyConfiguration, ingest::CHUNK, no_such,
        survey_configurations::of_survey,
    },
};

/// What a worker has to know.
#[derive(Serialize)]
struct Input {
    survey: survey::Model,
    /// The configuration of the survey that is heeded, if there is one.
    configuration: Option<SurveyConfiguration>,
    /// The latest start of an exposure that is known.
    since: Option<DateTimeUtc>,
}

/// What a worker found: exposures, each as a draft of an observation.
#[derive(Deserialize)]
struct Output {
    observations: Vec<Json>,
}

pub(super) async fn begin<C: Writable>(
    connection: &C,
    job: &processing_job::Model,
    _: DateTimeUtc,
) -> Result<Json> {
    let survey = Repository::<_, survey::Entity>::new(connection).find(job.entity_id).await?;
    let survey = survey.ok_or_else(|| no_such::<survey::Entity>(job.entity_id))?;
    if !survey.is_active {
        let message = format!("survey {} is inactive", survey.name);
        return Err(Error::breaks("inactive", "survey_id", message));
    }
    let settings = Repository::<_, system_config::Entity>::new(connection);
    let configurations = settings.active_survey_configurations().await?;
    let configuration = of_survey(&configurations, &survey).cloned();
    let since = latest(connection, survey.id).await?;
    Ok(json!(Input { survey, configuration, since }))
}

pub(super) async fn finish<C: Writable>(
    connection: &C,
    job: &processing_job::Model,
    output: Json,
    now: DateTimeUtc,
) -> Result<()> {
    let Output { observations } = serde_json::from_value(output)
        .map_err(|error| Error::breaks("required", "observations", error.to_string()))?;
    let table = Repository::<_, observation::Entity>::new(connection);
    let survey = job.entity_id;
    let mut outcome = BatchOutcome::default();
    for (index, documents) in observations.chunks(CHUNK).enumerate() {
        let read = |document| ObservationDraft::read(document)?.complete(survey);
        let chunk = documents.iter().map(read).collect();
        outcome.inserted +=
            table.ingest_chunk(index * CHUNK, chunk, OnDuplicate::Skip, now, &mut outcome).await?;
    }
    let BatchOutcome { inserted, duplicates, rejected, errors, .. } = outcome;
    tracing::info!(%survey, inserted, duplicates, rejected, "exposures were ingested");
    for error in errors {
        let (index, rule) = (error.index, error.rule());
        tracing::warn!(%survey, index, rule, error = %error.error, "an exposure was rejected");
    }
    Ok(())
}

/// There is no run that could follow.
pub(super) async fn fail<C: Writable>(
    _: &C,
    _: &processing_job::Model,
    _: &str,
    _: bool,
    _: DateTimeUtc,
) -> Result<()> {
    Ok(())
}

async fn latest<C: ConnectionTrait>(connection: &C, survey: Uuid) -> Result<Option<DateTimeUtc>> {
    let select = observation::Entity::find()
        .select_only()
        .column(ObservationTime)
        .filter(SurveyId.eq(survey))
        .order_by_desc(ObservationTime);
    Ok(select.into_tuple().one(connection).await?)
}
