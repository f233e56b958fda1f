//! Difference runs.

use almanac_entity::astrid::{
    DifferenceRunStatus, ObservationStatus, candidate, difference_run, observation, processing_job,
};
use sea_orm::{
    ActiveValue::Set,
    prelude::{DateTimeUtc, Decimal, Json, Uuid},
};
use serde::Deserialize;

use super::{
    InsertedCandidates, JobType, NewCandidate, NewJob, OBSERVATION_STATES, new_id,
    new_observation::rounded,
    no_such, reference,
    runs::{self, Ending},
    stored,
};
use crate::{Error, Filter, Repository, Result, Writable};

/// How images can be subtracted.
pub const DIFFERENCE_ALGORITHMS: [&str; 3] = ["zogy", "classic", "hotpants"];

/// A difference run to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct NewDifferenceRun {
    /// The science observation.
    pub observation_id: Uuid,
    /// What is subtracted; an external template where it is not given.
    pub reference_observation_id: Option<Uuid>,
    /// One of [`DIFFERENCE_ALGORITHMS`].
    pub algorithm: String,
    /// Parameters of the algorithm, a JSON object.
    pub parameters: Option<Json>,
}

/// What a difference run found, but for its candidates.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Differenced {
    /// Object-store key of the difference image, at most 500 characters.
    pub difference_image_path: Option<String>,
    /// Object-store key of the significance map, at most 500 characters.
    pub significance_map_path: Option<String>,
    /// Root mean square of the difference image, counts, above 0.
    pub noise_level: Option<f64>,
    /// Threshold of the extraction, sigma, above 0.
    pub detection_threshold: Option<f64>,
}

impl<C: Writable> Repository<'_, C, difference_run::Entity> {
    /// Makes a run over an observation that was preprocessed.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::AlreadyExists`] where a run of the observation is waiting or running;
    /// [`Error::InvalidTransition`] where the observation is not `preprocessed`; the reference is not there, is the
    /// observation itself, is not preprocessed, or is of another survey or filter; the algorithm is not known; or
    /// the engine fails.
    pub async fn create(
        &self,
        new: NewDifferenceRun,
        now: DateTimeUtc,
    ) -> Result<difference_run::Model> {
        let id = new.observation_id;
        let observation = self.on::<observation::Entity>().lock(id).await?;
        let observation = observation.ok_or_else(|| no_such::<observation::Entity>(id))?;
        runs::none_underway(self, id).await?;
        OBSERVATION_STATES.step(id, &observation.status, &ObservationStatus::Differencing)?;
        if !DIFFERENCE_ALGORITHMS.contains(&new.algorithm.as_str()) {
            let known = DIFFERENCE_ALGORITHMS.join(", ");
            let message = format!("{:?} is none of {known}", new.algorithm);
            return Err(Error::breaks("unknown", "algorithm", message));
        }
        if new.parameters.as_ref().is_some_and(|parameters| !parameters.is_object()) {
            return Err(Error::breaks("format", "parameters", "it is no JSON object"));
        }
        if let Some(other) = new.reference_observation_id {
            let found = self.on::<observation::Entity>().find(other).await?;
            reference::check(&observation, other, found.as_ref())?;
        }
        let now = stored(now);
        self.insert(difference_run::ActiveModel {
            id: Set(new_id(now)),
            observation_id: Set(id),
            reference_observation_id: Set(new.reference_observation_id),
            status: Set(DifferenceRunStatus::Pending),
            algorithm: Set(new.algorithm),
            parameters: Set(new.parameters),
            candidates_found: Set(0),
            retry_count: Set(0),
            created_at: Set(now),
            updated_at: Set(now),
            ..Default::default()
        })
        .await
    }

    /// Starts a run that is waiting; its observation is `differencing` then.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::InvalidTransition`], or the engine fails.
    pub async fn start(&self, id: Uuid, now: DateTimeUtc) -> Result<difference_run::Model> {
        runs::start(self, id, now).await
    }

    /// Stores what a run found, and ends it. Its observation is `differenced` then, and the run waits in the queue
    /// for a model to score its candidates.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::InvalidTransition`]; a value is out of range; or the engine fails.
    pub async fn finish(
        &self,
        id: Uuid,
        found: Differenced,
        candidates: &[NewCandidate],
        now: DateTimeUtc,
    ) -> Result<(difference_run::Model, InsertedCandidates)> {
        let noise_level = above_zero("noise_level", found.noise_level)?;
        let detection_threshold = above_zero("detection_threshold", found.detection_threshold)?;
        let life = runs::locked(self, id).await?;
        let stored = self.on::<candidate::Entity>();
        let inserted = stored.insert_batch(id, candidates, now).await?;
        let of_run = Filter::eq(candidate::Column::DifferenceRunId, id);
        let count = i32::try_from(stored.count(&of_run).await?).unwrap_or(i32::MAX);
        let run = runs::complete(self, life, now, |row| difference_run::ActiveModel {
            difference_image_path: Set(found.difference_image_path),
            significance_map_path: Set(found.significance_map_path),
            noise_level: Set(noise_level),
            detection_threshold: Set(detection_threshold),
            candidates_found: Set(count),
            ..row
        })
        .await?;
        let next = NewJob::new(JobType::Inference, id);
        self.on::<processing_job::Entity>().enqueue_many(&[next], now).await?;
        Ok((run, inserted))
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
    ) -> Result<difference_run::Model> {
        runs::fail(self, id, error, Ending::ByPolicy { is_retryable }, now).await
    }
}

/// A number above zero that a column of ten digits, six of them behind the point, can hold.
fn above_zero(field: &str, number: Option<f64>) -> Result<Option<Decimal>> {
    let Some(number) = number else { return Ok(None) };
    let stored = rounded(field, number, 6)?;
    if stored <= Decimal::ZERO {
        return Err(Error::breaks("range", field, format!("{number} is not above 0")));
    }
    Ok(Some(stored))
}
