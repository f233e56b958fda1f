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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Filter, Sessions, Transaction,
        astrid::{JobType, NewJob, SurveyPatch},
    };
    use almanac_entity::Database;
    use sea_orm_migration::MigratorTraitSelf;

    fn now() -> DateTimeUtc {
        "2025-10-02T12:00:00Z".parse().unwrap()
    }

    fn exposure(name: &str, minute: u32) -> Json {
        json!({
            "observation_id": name, "ra": 10, "dec": -5.5, "filter_band": "TESS",
            "observation_time": format!("2025-10-01T00:{minute:02}:00Z"), "exposure_time": 120,
            "fits_url": "file:///a.fits", "another": true,
        })
    }

    async fn job_on(transaction: &Transaction, survey: &str) -> processing_job::Model {
        let surveys = Repository::<_, survey::Entity>::new(transaction);
        let survey = surveys.get_by_name(survey).await.unwrap().unwrap();
        let jobs = Repository::<_, processing_job::Entity>::new(transaction);
        jobs.enqueue(&NewJob::new(JobType::Ingest, survey.id), now()).await.unwrap().job
    }

    #[tokio::test]
    async fn what_a_worker_finds_is_ingested_once() {
        let sessions = Sessions::in_memory();
        let writer = sessions.writer(Database::Astrid).await.unwrap();
        migration_astrid::revisions().up(writer.connection(), None).await.unwrap();
        let transaction = sessions.begin(Database::Astrid).await.unwrap();
        let job = job_on(&transaction, "TESS").await;
        let input = begin(&transaction, &job, now()).await.unwrap();
        assert_eq!(input["survey"]["name"], "TESS");
        assert_eq!(input["configuration"]["max_observations_per_run"], 200);
        assert_eq!(input["since"], Json::Null);

        let mut found: Vec<Json> =
            (0..501).map(|index| exposure(&format!("{index}"), index % 60)).collect();
        found[7]["dec"] = json!(91);
        found[8]["ra"] = json!("east");
        found[9] = found[10].clone();
        found[500] = json!(null);
        let output = json!({ "observations": found, "another": 1 });
        // Again, as after a crash between the work and its end.
        for _ in 0..2 {
            finish(&transaction, &job, output.clone(), now()).await.unwrap();
            let table = Repository::<_, observation::Entity>::new(&transaction);
            assert_eq!(table.count(&Filter::default()).await.unwrap(), 497);
        }
        let input = begin(&transaction, &job, now()).await.unwrap();
        assert_eq!(input["since"], "2025-10-01T00:59:00Z");
        let jobs = Repository::<_, processing_job::Entity>::new(&transaction);
        let waiting = jobs.count(&Filter::default()).await.unwrap();
        assert_eq!(waiting, 1, "the survey's configuration preprocesses nothing by itself");

        let broken = finish(&transaction, &job, json!({}), now()).await.unwrap_err();
        assert!(matches!(broken, Error::Invalid { rule: Some("required"), .. }), "{broken}");
        fail(&transaction, &job, "the archive is down", true, now()).await.unwrap();

        // Without a configuration of its own every one of them is preprocessed.
        let job = job_on(&transaction, "ZTF").await;
        assert_eq!(begin(&transaction, &job, now()).await.unwrap()["configuration"], Json::Null);
        let output = json!({ "observations": [exposure("a", 1), exposure("b", 2)] });
        finish(&transaction, &job, output, now()).await.unwrap();
        assert_eq!(jobs.count(&Filter::default()).await.unwrap(), 1 + 1 + 2);
        let surveys = Repository::<_, survey::Entity>::new(&transaction);
        let asleep = SurveyPatch { is_active: Some(false), ..SurveyPatch::default() };
        surveys.patch(job.entity_id, asleep, now()).await.unwrap();
        let refused = begin(&transaction, &job, now()).await.unwrap_err();
        assert!(matches!(refused, Error::Invalid { rule: Some("inactive"), .. }), "{refused}");
    }
}
