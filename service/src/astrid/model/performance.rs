//! What became of what a model found.

use std::collections::HashMap;

use DetectionStatus::{Confirmed, Rejected, Validated};
use almanac_entity::astrid::{
    DetectionStatus, DetectionType, ModelRunStatus, detection, ml_model, model_run,
};
use chrono::TimeDelta;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait,
    prelude::{DateTimeUtc, Decimal, Uuid},
    sea_query::{Asterisk, Expr, Func},
};

use crate::{
    Repository, Result,
    astrid::{IN_LIST, exact, stored},
};

/// How a model has done, by the detections that it made in some time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelPerformance {
    /// All of its detections.
    pub detections: u64,
    /// Those that reviewers accepted.
    pub validated: u64,
    /// Those that they rejected.
    pub rejected: u64,
    /// Which part of the decided ones they accepted, six decimals; none where none is decided.
    pub precision: Option<Decimal>,
    /// Mean confidence of the decided ones, six decimals.
    pub mean_confidence: Option<Decimal>,
    /// How many of the decided ones the model took for this and reviewers for that, by what the model took them
    /// for.
    pub confusion: Vec<Verdicts>,
    /// Its completed runs.
    pub runs: u64,
    /// Mean time of a run, milliseconds, six decimals.
    pub mean_inference_time_ms: Option<Decimal>,
    /// Mean energy of a run, watt-hours, six decimals.
    pub mean_energy_wh: Option<Decimal>,
}

/// How many detections of a class bear a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdicts {
    /// What the model took them for.
    pub detection_type: DetectionType,
    /// What reviewers took them for, where they said so.
    pub human_label: Option<String>,
    /// How many.
    pub count: u64,
}

/// Detections of one model, class, label and state, with the sum of their confidences.
type Group = (Uuid, DetectionType, Option<String>, DetectionStatus, bool, i64, Option<i64>);
/// How many runs a model has, and how many are timed and metered, with the sums of that.
type Totals = (Uuid, i64, i64, Option<i64>, i64, Option<i64>);

/// The detections of a model that reviewers decided about.
#[derive(Default)]
struct Decided {
    count: i64,
    /// The sum of their confidences, in ten-thousandths.
    confidence: i64,
}

impl<C: ConnectionTrait> Repository<'_, C, ml_model::Entity> {
    /// How a model has done by what it made within `window` before `now`.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn performance(
        &self,
        id: Uuid,
        window: TimeDelta,
        now: DateTimeUtc,
    ) -> Result<ModelPerformance> {
        let mut performances = self.performances(&[id], window, now).await?;
        Ok(performances.remove(&id).unwrap_or_default())
    }

    /// How each of some models has done, by their keys. Two statements for all.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn performances(
        &self,
        ids: &[Uuid],
        window: TimeDelta,
        now: DateTimeUtc,
    ) -> Result<HashMap<Uuid, ModelPerformance>> {
        let from = now.checked_sub_signed(window).unwrap_or(DateTimeUtc::UNIX_EPOCH);
        let mut performances: HashMap<_, _> =
            ids.iter().map(|id| (*id, ModelPerformance::default())).collect();
        for ids in ids.chunks(IN_LIST) {
            self.add_verdicts(ids, stored(from), &mut performances).await?;
            self.add_runs(ids, stored(from), &mut performances).await?;
        }
        Ok(performances)
    }

    async fn add_verdicts(
        &self,
        ids: &[Uuid],
        from: DateTimeUtc,
        performances: &mut HashMap<Uuid, ModelPerformance>,
    ) -> Result<()> {
        use detection::Column::{ConfidenceScore, CreatedAt, HumanLabel, IsValidated, Status};
        let mut select = detection::Entity::find()
            .select_only()
            .inner_join(model_run::Entity)
            .column(model_run::Column::ModelId)
            .column(detection::Column::DetectionType)
            .column(HumanLabel)
            .column(Status)
            .column(IsValidated)
            .filter(model_run::Column::ModelId.is_in(ids.iter().copied()))
            .filter(CreatedAt.gte(from));
        let groups = [detection::Column::DetectionType, HumanLabel, Status, IsValidated];
        QueryTrait::query(&mut select)
            .expr(Func::count(Expr::col(Asterisk)))
            .expr(exact::sum(ConfidenceScore, 4))
            .add_group_by([model_run::Column::ModelId.into_expr()])
            .add_group_by(groups.map(ColumnTrait::into_expr));
        let groups: Vec<Group> = select.into_tuple().all(self.connection).await?;
        let mut decided: HashMap<Uuid, Decided> = HashMap::new();
        for (model, detection_type, human_label, status, is_validated, count, sum) in groups {
            let performance = performances.entry(model).or_default();
            let many = count.unsigned_abs();
            performance.detections += many;
            // What was put away after its review still counts; only acceptance can be told of it.
            let is_accepted = matches!(status, Validated | Confirmed) || is_validated;
            if is_accepted {
                performance.validated += many;
            } else if status == Rejected {
                performance.rejected += many;
            } else {
                continue;
            }
            let decided = decided.entry(model).or_default();
            decided.count += count;
            decided.confidence += sum.unwrap_or_default();
            performance.add(Verdicts { detection_type, human_label, count: many });
        }
        for (model, Decided { count, confidence }) in decided {
            let performance = performances.entry(model).or_default();
            performance.confusion.sort_by(|a, b| a.order().cmp(&b.order()));
            let validated = i64::try_from(performance.validated).unwrap_or(i64::MAX);
            performance.precision = exact::mean(validated, 0, count);
            performance.mean_confidence = exact::mean(confidence, 4, count);
        }
        Ok(())
    }

    async fn add_runs(
        &self,
        ids: &[Uuid],
        from: DateTimeUtc,
        performances: &mut HashMap<Uuid, ModelPerformance>,
    ) -> Result<()> {
        use model_run::Column::{CreatedAt, EnergyConsumedWh, InferenceTimeMs, ModelId, Status};
        let mut select = model_run::Entity::find()
            .select_only()
            .column(ModelId)
            .filter(ModelId.is_in(ids.iter().copied()))
            .filter(Status.eq(ModelRunStatus::Completed))
            .filter(CreatedAt.gte(from))
            .group_by(ModelId);
        let count = |column: model_run::Column| Func::count(Expr::col(column));
        QueryTrait::query(&mut select)
            .expr(Func::count(Expr::col(Asterisk)))
            .expr(count(InferenceTimeMs))
            .expr(exact::sum(InferenceTimeMs, 0))
            .expr(count(EnergyConsumedWh))
            .expr(exact::sum(EnergyConsumedWh, 4));
        let totals: Vec<Totals> = select.into_tuple().all(self.connection).await?;
        for (model, runs, timed, time, measured, energy) in totals {
            let performance = performances.entry(model).or_default();
            performance.runs = runs.unsigned_abs();
            performance.mean_inference_time_ms = exact::mean(time.unwrap_or_default(), 0, timed);
            performance.mean_energy_wh = exact::mean(energy.unwrap_or_default(), 4, measured);
        }
        Ok(())
    }
}

impl ModelPerformance {
    fn add(&mut self, verdicts: Verdicts) {
        let same = self.confusion.iter_mut().find(|known| known.order() == verdicts.order());
        match same {
            Some(known) => known.count += verdicts.count,
            None => self.confusion.push(verdicts),
        }
    }
}

impl Verdicts {
    fn order(&self) -> (&'static str, Option<&str>) {
        (self.detection_type.as_str(), self.human_label.as_deref())
    }
}
