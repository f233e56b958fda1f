//! Observations on their way through the pipeline.

#![allow(dead_code, reason = "each area uses a part of it")]

use almanac_entity::astrid::{
    ModelType, candidate, difference_run, ml_model, model_run, observation, preprocess_run,
};
use almanac_service::{
    Filter, Repository,
    astrid::{
        Differenced, ModelFacts, NewCandidate, NewDifferenceRun, NewModel, NewModelRun,
        Preprocessed,
    },
};
use chrono::{DateTime, Utc};
use sea_orm::prelude::Uuid;
use serde_json::json;

use crate::world::{World, after};

/// What a simulated preprocessing finds.
pub(crate) fn preprocessing() -> Preprocessed {
    Preprocessed {
        calibration_applied: true,
        wcs_aligned: true,
        registration_quality: Some(0.9375),
        processed_fits_path: Some("processed/a.fits".to_owned()),
        wcs_info: Some(json!({ "ctype": ["RA---TAN", "DEC--TAN"] })),
    }
}

/// What a simulated differencing finds.
pub(crate) fn differencing() -> Differenced {
    Differenced {
        difference_image_path: Some("difference/a.fits".to_owned()),
        significance_map_path: None,
        noise_level: Some(1.25),
        detection_threshold: Some(5.0),
    }
}

/// The source number `index` of a simulated difference: far from the others.
pub(crate) fn source(index: i64) -> NewCandidate {
    let step = f64::from(i32::try_from(index).unwrap());
    NewCandidate {
        ra: 150.0 + step * 1e-4,
        dec: 2.0 - step * 1e-4,
        pixel_x: 20 * (index % 64),
        pixel_y: 20 * (index / 64),
        flux: Some(-12.5 - step),
        flux_error: Some(0.5),
        significance: Some(5.0 + step),
        snr: Some(6.0 + step),
        fwhm: Some(3.25),
        ellipticity: Some(0.125),
        position_angle_rad: Some(0.5),
        is_saturated: index % 7 == 0,
        is_blended: index % 5 == 0,
        is_edge: index % 3 == 0,
    }
}

impl World {
    /// An observation that was preprocessed.
    pub(crate) async fn preprocessed(&self, survey_id: Uuid, name: &str) -> observation::Model {
        let observation = self.observation(survey_id, name).await;
        self.preprocess(observation.id).await;
        self.observation_of(observation.id).await
    }

    /// Carries the preprocessing of an observation out.
    pub(crate) async fn preprocess(&self, observation: Uuid) -> preprocess_run::Model {
        let work = self.work(after(10));
        let runs = work.table::<preprocess_run::Entity>().await.unwrap();
        let run = runs.create(observation, after(10)).await.unwrap();
        runs.start(run.id, after(11)).await.unwrap();
        let run = runs.finish(run.id, preprocessing(), after(12)).await.unwrap();
        work.commit().await.unwrap();
        run
    }

    pub(crate) async fn observation_of(&self, id: Uuid) -> observation::Model {
        let writer = self.writer().await;
        Repository::<_, observation::Entity>::new(&writer).get(id).await.unwrap()
    }

    /// A difference run that is running, over an observation of its own.
    pub(crate) async fn differencing(&self, survey_id: Uuid, name: &str) -> difference_run::Model {
        let observation = self.preprocessed(survey_id, name).await;
        let work = self.work(after(20));
        let runs = work.table::<difference_run::Entity>().await.unwrap();
        let run = runs.create(subtraction(observation.id, None), after(20)).await.unwrap();
        let run = runs.start(run.id, after(21)).await.unwrap();
        work.commit().await.unwrap();
        run
    }

    /// A difference run that has ended, with so many candidates.
    pub(crate) async fn differenced(
        &self,
        survey_id: Uuid,
        name: &str,
        sources: i64,
    ) -> difference_run::Model {
        let run = self.differencing(survey_id, name).await;
        let sources: Vec<_> = (0..sources).map(source).collect();
        let work = self.work(after(30));
        let runs = work.table::<difference_run::Entity>().await.unwrap();
        let (run, _) = runs.finish(run.id, differencing(), &sources, after(30)).await.unwrap();
        work.commit().await.unwrap();
        run
    }

    /// The candidates of a run, by their pixels.
    pub(crate) async fn candidates(&self, run: Uuid) -> Vec<candidate::Model> {
        let writer = self.writer().await;
        let of_run = Filter::eq(candidate::Column::DifferenceRunId, run);
        let candidates = Repository::<_, candidate::Entity>::new(&writer);
        let mut candidates = candidates.slice(&of_run, &[], 1_000_000, 0).await.unwrap();
        candidates.sort_by_key(|candidate| (candidate.pixel_y, candidate.pixel_x));
        candidates
    }

    /// A version of a model that is deployed.
    pub(crate) async fn deployed(&self, name: &str, version: &str) -> ml_model::Model {
        let work = self.work(after(1));
        let models = work.table::<ml_model::Entity>().await.unwrap();
        let model = models.register(network(name, version), after(1)).await.unwrap();
        let model = models.deploy(model.id, after(2)).await.unwrap();
        work.commit().await.unwrap();
        model
    }

    /// A run of a model over the candidates of a difference run, started.
    pub(crate) async fn inferring(
        &self,
        model: Uuid,
        difference: &difference_run::Model,
        now: DateTime<Utc>,
    ) -> model_run::Model {
        let work = self.work(now);
        let runs = work.table::<model_run::Entity>().await.unwrap();
        let new = NewModelRun {
            model_id: model,
            observation_id: Some(difference.observation_id),
            input_image_path: difference.difference_image_path.clone(),
            allow_inactive: false,
        };
        let run = runs.create(new, now).await.unwrap();
        let run = runs.start(run.id, Some(difference.id), now).await.unwrap();
        work.commit().await.unwrap();
        run
    }
}

/// A subtraction as it is mostly done.
pub(crate) fn subtraction(observation: Uuid, reference: Option<Uuid>) -> NewDifferenceRun {
    NewDifferenceRun {
        observation_id: observation,
        reference_observation_id: reference,
        algorithm: "zogy".to_owned(),
        parameters: Some(json!({ "detection_threshold_sigma": 5.0 })),
    }
}

/// A model to be registered.
pub(crate) fn network(name: &str, version: &str) -> NewModel {
    NewModel {
        name: name.to_owned(),
        version: version.to_owned(),
        model_type: ModelType::Unet,
        facts: ModelFacts::default(),
    }
}
