//! How a night begins.

use std::fs;

use almanac_database::Database;
use almanac_entity::{
    UnixTime,
    astrid::{ModelType, ml_model, processing_job, survey},
};
use almanac_service::{
    Repository, Sessions, Work,
    access::{Operation, Principal, Role},
    astrid::{JobType, ModelFacts, NewJob, NewModel, NewSurvey},
};
use chrono::Utc;
use sea_orm::{ConnectionTrait, Statement};
use tempfile::TempDir;

use crate::stages::exposure;

/// A survey with a manifest, a model that is deployed, and the one job that begins it all. Returns the manifest's
/// folder.
pub(crate) async fn begin(sessions: &Sessions, observations: u32) -> TempDir {
    let now = Utc::now();
    let work = work(sessions);
    let survey = NewSurvey {
        name: "Night".to_owned(),
        description: None,
        base_url: Some("https://example.org".to_owned()),
        api_endpoint: None,
        is_active: true,
    };
    let surveys: Repository<'_, _, survey::Entity> = work.table().await.unwrap();
    let survey = surveys.create(survey, now).await.unwrap();
    let model = NewModel {
        name: "finder".to_owned(),
        version: "1".to_owned(),
        model_type: ModelType::Unet,
        facts: ModelFacts::default(),
    };
    let models: Repository<'_, _, ml_model::Entity> = work.table().await.unwrap();
    let model = models.register(model, now).await.unwrap();
    models.deploy(model.id, now).await.unwrap();
    let jobs: Repository<'_, _, processing_job::Entity> = work.table().await.unwrap();
    jobs.enqueue(&NewJob::new(JobType::Ingest, survey.id), now).await.unwrap();
    work.commit().await.unwrap();

    let folder = TempDir::new().unwrap();
    let exposures = (0..observations).map(|number| exposure(number).to_string() + "\n");
    fs::write(folder.path().join("Night.jsonl"), exposures.collect::<String>()).unwrap();
    folder
}

/// Work of somebody who may do everything.
pub(crate) fn work(sessions: &Sessions) -> Work {
    let ada = Principal::new("ada", Role::Admin);
    let now = UnixTime::from(Utc::now());
    sessions.work(Some(&ada), Operation::WorkOnAstridJobs, None, now).unwrap()
}

/// How many rows there are.
pub(crate) async fn count(sessions: &Sessions, of: &str) -> i64 {
    let reader = sessions.reader(Database::Astrid).await.unwrap();
    let sql = format!("SELECT COUNT(*) FROM {of}");
    let statement = Statement::from_string(reader.get_database_backend(), sql);
    reader.query_one_raw(statement).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}
