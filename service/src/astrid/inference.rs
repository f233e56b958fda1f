//! Model runs: passes of a model over the candidates of an observation.

use std::collections::HashMap;

use CandidateStatus::{Detected, Pending, Processing, Rejected};
use almanac_entity::astrid::{
    CandidateStatus, ModelRunStatus, candidate, detection, difference_run, ml_model, model_run,
    observation, processing_job,
};
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect,
    prelude::{DateTimeUtc, Decimal, Uuid},
};
use serde::Deserialize;

use super::{
    JobType, NewJob, Score,
    detection::{Promoted, Thresholds, promote},
    new_id, no_such,
    runs::{RUN_STATES, RunStatus, ended, not_below_zero, not_negative, setting},
    stored,
};
use crate::{Error, Repository, Result, Writable, record::Act};

/// How candidates are scored.
pub(super) const SETTING: &str = "pipeline.detection";

/// A model run to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewModelRun {
    /// The model that is to run.
    pub model_id: Uuid,
    /// The observation it is to run over; none for a dataset.
    pub observation_id: Option<Uuid>,
    /// Object-store key of the input image, at most 500 characters.
    pub input_image_path: Option<String>,
    /// Whether the model may be one that is not deployed.
    pub allow_inactive: bool,
}

/// What is told of a model run beside its scores.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Inferred {
    /// Object-store key of the output mask, at most 500 characters.
    pub output_mask_path: Option<String>,
    /// Object-store key of the confidence map, at most 500 characters.
    pub confidence_map_path: Option<String>,
    /// How long the inference took, milliseconds.
    pub inference_time_ms: Option<i32>,
    /// Peak memory, MiB.
    pub memory_usage_mb: Option<i32>,
    /// Energy used, watt-hours.
    pub energy_consumed_wh: Option<f64>,
    /// Mean power drawn, watts.
    pub avg_power_draw_w: Option<f64>,
    /// Peak power drawn, watts.
    pub peak_power_draw_w: Option<f64>,
    /// Carbon footprint, grams of CO2.
    pub carbon_footprint_g: Option<f64>,
}

impl<C: Writable> Repository<'_, C, model_run::Entity> {
    /// Makes a run of a model.
    ///
    /// # Errors
    /// [`Error::NotFound`]; the model is not deployed, and need be; or the engine fails.
    pub async fn create(&self, new: NewModelRun, now: DateTimeUtc) -> Result<model_run::Model> {
        let model = self.on::<ml_model::Entity>().find(new.model_id).await?;
        let model = model.ok_or_else(|| no_such::<ml_model::Entity>(new.model_id))?;
        if !model.is_active && !new.allow_inactive {
            let message = format!("model {} {} is not deployed", model.name, model.version);
            return Err(Error::breaks("inactive", "model_id", message));
        }
        if let Some(id) = new.observation_id {
            let observation = self.on::<observation::Entity>().find(id).await?;
            observation.ok_or_else(|| no_such::<observation::Entity>(id))?;
        }
        let now = stored(now);
        self.insert(model_run::ActiveModel {
            id: Set(new_id(now)),
            model_id: Set(new.model_id),
            observation_id: Set(new.observation_id),
            input_image_path: Set(new.input_image_path),
            status: Set(ModelRunStatus::Pending),
            created_at: Set(now),
            updated_at: Set(now),
            ..Default::default()
        })
        .await
    }

    /// Starts a run over the waiting candidates of a difference run, which are `processing` then.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::InvalidTransition`]; the difference run is of another observation; or the
    /// engine fails.
    pub async fn start(
        &self,
        id: Uuid,
        difference_run_id: Option<Uuid>,
        now: DateTimeUtc,
    ) -> Result<model_run::Model> {
        let run = self.locked(id).await?;
        RUN_STATES.step(id, &run.status.into(), &RunStatus::Running)?;
        if let Some(of) = difference_run_id {
            let difference = self.on::<difference_run::Entity>().find(of).await?;
            let difference = difference.ok_or_else(|| no_such::<difference_run::Entity>(of))?;
            if run.observation_id.is_some_and(|own| own != difference.observation_id) {
                let message = format!("run {of} is of another observation");
                return Err(Error::breaks("observation", "difference_run_id", message));
            }
            self.take_candidates(of, now).await?;
        }
        let row = model_run::ActiveModel {
            status: Set(ModelRunStatus::Running),
            started_at: Set(Some(stored(now))),
            ..changed(id, now)
        };
        self.on::<model_run::Entity>().acting(Act::of_rows("start")).update(row).await
    }

    /// Stores what a run made of the candidates of a difference run, and ends it. Scores that are confident enough
    /// become detections, the most confident first, at most as many as the settings have it; their candidates are
    /// `detected` then, the others `rejected`, and those without a score `pending` again. The run waits in the
    /// queue for its detections to be looked at.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::InvalidTransition`]; a score is out of range, about a candidate that the
    /// run does not have, or about none and without a position of its own; or the engine fails.
    pub async fn finish(
        &self,
        id: Uuid,
        difference_run_id: Option<Uuid>,
        scores: &[Score],
        inferred: Inferred,
        now: DateTimeUtc,
    ) -> Result<(model_run::Model, Vec<Uuid>)> {
        let run = self.locked(id).await?;
        RUN_STATES.step(id, &run.status.into(), &RunStatus::Completed)?;
        let row = inferred.row(changed(id, now))?;
        let model = self.on::<ml_model::Entity>().get(run.model_id).await?;
        let thresholds = Thresholds::of(&setting(self.connection, SETTING).await?);
        let candidates = match difference_run_id {
            Some(of) => self.candidates(of).await?,
            None => HashMap::new(),
        };
        let of_run = (id, run.observation_id);
        let now = stored(now);
        let promoted = promote(scores, &candidates, of_run, &model.version, &thresholds, now)?;
        let Promoted { detections, detected, scored, total, high_confidence } = promoted;
        let ids = detections.iter().map(|detection| *detection.id.as_ref()).collect();
        let act = Act::of_batches("bulk_create", "model_run", id);
        self.on::<detection::Entity>().acting(act).insert_many(detections).await?;
        if let Some(of) = difference_run_id {
            let is_unscored = |candidate: &&candidate::Model| {
                candidate.status == Processing && !scored.contains(&candidate.id)
            };
            let unscored = candidates.values().filter(is_unscored).map(|candidate| candidate.id);
            let unscored: Vec<Uuid> = unscored.collect();
            let candidates = self.on::<candidate::Entity>();
            candidates.move_many(of, (Processing, Detected), Some(&detected), now).await?;
            candidates.move_many(of, (Processing, Pending), Some(&unscored), now).await?;
            candidates.move_many(of, (Processing, Rejected), None, now).await?;
        }
        let row = model_run::ActiveModel {
            status: Set(ModelRunStatus::Completed),
            completed_at: Set(Some(ended(run.started_at, now))),
            total_predictions: Set(Some(total)),
            high_confidence_predictions: Set(Some(high_confidence)),
            ..row
        };
        let runs = self.on::<model_run::Entity>().acting(Act::of_rows("complete"));
        let run = runs.update(row).await?;
        let next = NewJob::new(JobType::Validate, id);
        self.on::<processing_job::Entity>().enqueue_many(&[next], now).await?;
        Ok((run, ids))
    }

    /// Ends a run badly; a retry is a new run. The candidates that it was scoring are `pending` again.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::InvalidTransition`], or the engine fails.
    pub async fn fail(
        &self,
        id: Uuid,
        difference_run_id: Option<Uuid>,
        error: &str,
        now: DateTimeUtc,
    ) -> Result<model_run::Model> {
        let run = self.locked(id).await?;
        RUN_STATES.step(id, &run.status.into(), &RunStatus::Failed)?;
        if let Some(of) = difference_run_id {
            let candidates = self.on::<candidate::Entity>();
            candidates.move_many(of, (Processing, Pending), None, now).await?;
        }
        let row = model_run::ActiveModel {
            status: Set(ModelRunStatus::Failed),
            completed_at: Set(Some(ended(run.started_at, stored(now)))),
            error_message: Set(Some(error.to_owned())),
            ..changed(id, now)
        };
        let act = Act::of_rows("fail").because(Some(error.to_owned()));
        self.on::<model_run::Entity>().acting(act).update(row).await
    }

    /// Lets a model score the waiting candidates of a difference run. Returns how many these are.
    pub(super) async fn take_candidates(
        &self,
        difference_run_id: Uuid,
        now: DateTimeUtc,
    ) -> Result<u64> {
        let candidates = self.on::<candidate::Entity>();
        candidates.move_many(difference_run_id, (Pending, Processing), None, now).await
    }

    /// The candidates of a difference run, locked until the transaction ends.
    async fn candidates(&self, of: Uuid) -> Result<HashMap<Uuid, candidate::Model>> {
        let candidates = candidate::Entity::find()
            .filter(candidate::Column::DifferenceRunId.eq(of))
            .lock_exclusive()
            .all(self.connection)
            .await?;
        Ok(candidates.into_iter().map(|candidate| (candidate.id, candidate)).collect())
    }

    async fn locked(&self, id: Uuid) -> Result<model_run::Model> {
        self.lock(id).await?.ok_or_else(|| no_such::<model_run::Entity>(id))
    }
}

fn changed(id: Uuid, now: DateTimeUtc) -> model_run::ActiveModel {
    model_run::ActiveModel { id: Unchanged(id), updated_at: Set(stored(now)), ..Default::default() }
}

impl Inferred {
    fn row(self, row: model_run::ActiveModel) -> Result<model_run::ActiveModel> {
        let whole = |field, number: Option<i32>| {
            number.map(|number| not_below_zero(field, number)).transpose()
        };
        let decimal = |field, number: Option<f64>, scale| -> Result<Option<Decimal>> {
            number.map(|number| not_negative(field, number, scale)).transpose()
        };
        Ok(model_run::ActiveModel {
            output_mask_path: Set(self.output_mask_path),
            confidence_map_path: Set(self.confidence_map_path),
            inference_time_ms: Set(whole("inference_time_ms", self.inference_time_ms)?),
            memory_usage_mb: Set(whole("memory_usage_mb", self.memory_usage_mb)?),
            energy_consumed_wh: Set(decimal("energy_consumed_wh", self.energy_consumed_wh, 4)?),
            avg_power_draw_w: Set(decimal("avg_power_draw_w", self.avg_power_draw_w, 2)?),
            peak_power_draw_w: Set(decimal("peak_power_draw_w", self.peak_power_draw_w, 2)?),
            carbon_footprint_g: Set(decimal("carbon_footprint_g", self.carbon_footprint_g, 4)?),
            ..row
        })
    }
}
