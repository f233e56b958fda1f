//! What reviewers and alerts need: a model, its runs, and detections.

use almanac_entity::{
    UnixTime,
    astrid::{
        DetectionStatus, DetectionType, ModelRunStatus, ModelType, ObservationStatus, detection,
        ml_model, model_run, observation, system_config,
    },
};
use almanac_service::{
    Filter, Repository, Sessions, Work,
    access::{Operation, Principal, Role},
};
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    prelude::{Decimal, Uuid},
};
use serde_json::Value as Json;

use crate::{
    support::Engine,
    world::{World, now},
};

/// A world with a run of a model over an observation.
pub(crate) struct Scene {
    pub(crate) world: World,
    pub(crate) observation: observation::Model,
    model: ml_model::Model,
    pub(crate) run: model_run::Model,
}

impl Scene {
    pub(crate) async fn new(engine: Engine) -> Self {
        let world = World::new(engine).await;
        let survey = world.survey("Curated").await;
        let observation = world.observation(survey.id, "a").await;
        let work = world.work(now());
        let model = ml_model::ActiveModel {
            id: Set(Uuid::now_v7()),
            name: Set("finder".to_owned()),
            version: Set("1.2".to_owned()),
            model_type: Set(ModelType::Classifier),
            is_active: Set(false),
            created_at: Set(now()),
            updated_at: Set(now()),
            ..Default::default()
        };
        let model = work.table::<ml_model::Entity>().await.unwrap().insert(model).await.unwrap();
        work.commit().await.unwrap();
        let run = run_of(&world, model.id, observation.id).await;
        Self { world, observation, model, run }
    }

    /// Another observation with a run over it.
    pub(crate) async fn another_run(&self, name: &str) -> model_run::Model {
        let observation = self.world.observation(self.observation.survey_id, name).await;
        run_of(&self.world, self.model.id, observation.id).await
    }

    /// A detection of the run. Its confidence is in ten-thousandths.
    pub(crate) async fn detection(&self, confidence: i64) -> detection::Model {
        self.detection_of(&self.run, confidence, None).await
    }

    /// A detection of a run that tells this of its prediction.
    pub(crate) async fn detection_of(
        &self,
        run: &model_run::Model,
        confidence: i64,
        metadata: Option<Json>,
    ) -> detection::Model {
        let work = self.world.work(now());
        let detections = work.table::<detection::Entity>().await.unwrap();
        let detection = detection::ActiveModel {
            id: Set(Uuid::now_v7()),
            model_run_id: Set(run.id),
            observation_id: Set(run.observation_id.unwrap()),
            ra: Set(Decimal::new(1_501_234_567, 7)),
            dec: Set(Decimal::new(-21_234_567, 7)),
            pixel_x: Set(10),
            pixel_y: Set(20),
            confidence_score: Set(Decimal::new(confidence, 4)),
            detection_type: Set(DetectionType::Transient),
            model_version: Set("1.2".to_owned()),
            prediction_metadata: Set(metadata),
            status: Set(DetectionStatus::Pending),
            is_validated: Set(false),
            created_at: Set(now()),
            updated_at: Set(now()),
            ..Default::default()
        };
        let detection = detections.insert(detection).await.unwrap();
        work.commit().await.unwrap();
        detection
    }

    /// A detection as it is now.
    pub(crate) async fn detection_now(&self, id: Uuid) -> detection::Model {
        let writer = self.world.writer().await;
        Repository::<_, detection::Entity>::new(&writer).get(id).await.unwrap()
    }

    /// Brings a detection to a state, whatever its votes.
    pub(crate) async fn put(&self, id: Uuid, status: DetectionStatus) {
        let work = self.world.work(now());
        let detections = work.table::<detection::Entity>().await.unwrap();
        let is_validated = status == DetectionStatus::Confirmed;
        let changed = detection::ActiveModel {
            id: Unchanged(id),
            status: Set(status),
            is_validated: Set(is_validated),
            ..Default::default()
        };
        detections.update(changed).await.unwrap();
        work.commit().await.unwrap();
    }

    /// Sets a setting that is there.
    pub(crate) async fn set(&self, key: &str, value: Json) {
        let work = self.world.work(now());
        let settings = work.table::<system_config::Entity>().await.unwrap();
        let filter = Filter::eq(system_config::Column::Key, key);
        let setting = settings.slice(&filter, &[], 1, 0).await.unwrap().remove(0);
        let changed = system_config::ActiveModel {
            id: Unchanged(setting.id),
            value: Set(value),
            ..Default::default()
        };
        settings.update(changed).await.unwrap();
        work.commit().await.unwrap();
    }

    /// Work of an analyst.
    pub(crate) fn reviewer(&self, name: &str, at: DateTime<Utc>) -> Work {
        work_of(&self.world.sessions, &Principal::new(name, Role::Analyst), at)
    }
}

/// An observation to be written without more ado.
pub(crate) fn observation_row(survey_id: Uuid, name: &str) -> observation::ActiveModel {
    observation::ActiveModel {
        id: Set(Uuid::now_v7()),
        survey_id: Set(survey_id),
        observation_id: Set(name.to_owned()),
        ra: Set(Decimal::new(105, 1)),
        dec: Set(Decimal::new(-205, 1)),
        observation_time: Set(now()),
        filter_band: Set("g".to_owned()),
        exposure_time: Set(Decimal::new(30, 0)),
        fits_url: Set("https://example.org/a.fits".to_owned()),
        status: Set(ObservationStatus::Ingested),
        created_at: Set(now()),
        updated_at: Set(now()),
        ..Default::default()
    }
}

/// Work of somebody who may be an analyst.
pub(crate) fn work_of(sessions: &Sessions, who: &Principal, at: DateTime<Utc>) -> Work {
    // AstrID's log keeps no operation; this is one that asks for an analyst.
    let operation = Operation::AcknowledgeTransientAlert;
    sessions.work(Some(who), operation, None, UnixTime::from(at)).unwrap()
}

async fn run_of(world: &World, model_id: Uuid, observation_id: Uuid) -> model_run::Model {
    let work = world.work(now());
    let run = model_run::ActiveModel {
        id: Set(Uuid::now_v7()),
        model_id: Set(model_id),
        observation_id: Set(Some(observation_id)),
        status: Set(ModelRunStatus::Completed),
        started_at: Set(Some(now())),
        completed_at: Set(Some(now())),
        created_at: Set(now()),
        updated_at: Set(now()),
        ..Default::default()
    };
    let run = work.table::<model_run::Entity>().await.unwrap().insert(run).await.unwrap();
    work.commit().await.unwrap();
    run
}
