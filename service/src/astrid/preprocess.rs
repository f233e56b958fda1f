//! Preprocessing runs.

use almanac_entity::astrid::{
    ObservationStatus, PreprocessRunStatus, observation, preprocess_run, processing_job,
};
use sea_orm::{
    ActiveValue::Set,
    prelude::{DateTimeUtc, Json, Uuid},
};
use serde::Deserialize;

use super::{
    JobType, NewJob, OBSERVATION_STATES, new_id, no_such,
    runs::{self, Ending, share},
    stored,
};
use crate::{Error, Repository, Result, Writable};

/// What a preprocessing run found.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Preprocessed {
    /// Whether bias, dark and flat corrections were applied.
    pub calibration_applied: bool,
    /// Whether a world-coordinate solution was applied.
    pub wcs_aligned: bool,
    /// Quality of the registration, from 0 to 1.
    pub registration_quality: Option<f64>,
    /// Object-store key of the processed image, at most 500 characters.
    pub processed_fits_path: Option<String>,
    /// Keywords of the world-coordinate solution, a JSON object.
    pub wcs_info: Option<Json>,
}

impl<C: Writable> Repository<'_, C, preprocess_run::Entity> {
    /// Makes a run over an observation that was just ingested.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::AlreadyExists`] where a run of the observation is waiting or running;
    /// [`Error::InvalidTransition`] where the observation is not `ingested`; or the engine fails.
    pub async fn create(
        &self,
        observation_id: Uuid,
        now: DateTimeUtc,
    ) -> Result<preprocess_run::Model> {
        let observation = self.on::<observation::Entity>().lock(observation_id).await?;
        let observation =
            observation.ok_or_else(|| no_such::<observation::Entity>(observation_id))?;
        runs::none_underway(self, observation_id).await?;
        let underway = ObservationStatus::Preprocessing;
        OBSERVATION_STATES.step(observation_id, &observation.status, &underway)?;
        let now = stored(now);
        self.insert(preprocess_run::ActiveModel {
            id: Set(new_id(now)),
            observation_id: Set(observation_id),
            status: Set(PreprocessRunStatus::Pending),
            calibration_applied: Set(false),
            wcs_aligned: Set(false),
            retry_count: Set(0),
            created_at: Set(now),
            updated_at: Set(now),
            ..Default::default()
        })
        .await
    }

    /// Starts a run that is waiting; its observation is `preprocessing` then.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::InvalidTransition`], or the engine fails.
    pub async fn start(&self, id: Uuid, now: DateTimeUtc) -> Result<preprocess_run::Model> {
        runs::start(self, id, now).await
    }

    /// Stores what a run found, and ends it. Its observation is `preprocessed` then, and waits in the queue for
    /// its differencing.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::InvalidTransition`]; a value is out of range; or the engine fails.
    pub async fn finish(
        &self,
        id: Uuid,
        found: Preprocessed,
        now: DateTimeUtc,
    ) -> Result<preprocess_run::Model> {
        let quality = found.registration_quality;
        let quality =
            quality.map(|quality| share("registration_quality", quality, 3)).transpose()?;
        if found.wcs_info.as_ref().is_some_and(|info| !info.is_object()) {
            return Err(Error::breaks("format", "wcs_info", "it is no JSON object"));
        }
        let life = runs::locked(self, id).await?;
        let run = runs::complete(self, life, now, |row| preprocess_run::ActiveModel {
            calibration_applied: Set(found.calibration_applied),
            wcs_aligned: Set(found.wcs_aligned),
            registration_quality: Set(quality),
            processed_fits_path: Set(found.processed_fits_path),
            wcs_info: Set(found.wcs_info),
            ..row
        })
        .await?;
        let next = NewJob::new(JobType::Difference, run.observation_id);
        self.on::<processing_job::Entity>().enqueue_many(&[next], now).await?;
        Ok(run)
    }

    /// Lets a run wait for its next try, where another try may succeed and the policy of its jobs has one left;
    /// ends it otherwise, and its observation is `failed` then.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::InvalidTransition`], or the engine fails.
    pub async fn fail(
        &self,
        id: Uuid,
        error: &str,
        is_retryable: bool,
        now: DateTimeUtc,
    ) -> Result<preprocess_run::Model> {
        runs::fail(self, id, error, Ending::ByPolicy { is_retryable }, now).await
    }
}
