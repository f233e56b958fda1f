//! What became of what a model found.

use DetectionStatus::{Confirmed, Rejected, Validated};
use almanac_entity::astrid::{
    DetectionStatus, DetectionType, ModelRunStatus, detection, ml_model, model_run,
};
use chrono::TimeDelta;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityName, EntityTrait, QueryFilter, QuerySelect, QueryTrait,
    prelude::{DateTimeUtc, Decimal, Uuid},
    sea_query::{Asterisk, Expr, Func, Query},
};

use crate::{
    Repository, Result,
    astrid::{exact, stored},
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

/// Detections of one class, label and state, with the sum of their confidences.
type Group = (DetectionType, Option<String>, DetectionStatus, bool, i64, Option<i64>);
/// How many runs there are, and how many are timed and metered, with the sums of that.
type Totals = (i64, i64, Option<i64>, i64, Option<i64>);

impl<C: ConnectionTrait> Repository<'_, C, ml_model::Entity> {
    /// How a model has done by what it made within `window` before `now`. Two statements.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn performance(
        &self,
        id: Uuid,
        window: TimeDelta,
        now: DateTimeUtc,
    ) -> Result<ModelPerformance> {
        let from = now.checked_sub_signed(window).unwrap_or(DateTimeUtc::UNIX_EPOCH);
        let mut performance = ModelPerformance::default();
        self.add_verdicts(id, stored(from), &mut performance).await?;
        self.add_runs(id, stored(from), &mut performance).await?;
        Ok(performance)
    }

    async fn add_verdicts(
        &self,
        id: Uuid,
        from: DateTimeUtc,
        performance: &mut ModelPerformance,
    ) -> Result<()> {
        use detection::Column::{
            ConfidenceScore, CreatedAt, HumanLabel, IsValidated, ModelRunId, Status,
        };
        let runs = Query::select()
            .column(model_run::Column::Id)
            .from(model_run::Entity.table_ref())
            .and_where(model_run::Column::ModelId.eq(id))
            .to_owned();
        let mut select = detection::Entity::find()
            .select_only()
            .column(detection::Column::DetectionType)
            .column(HumanLabel)
            .column(Status)
            .column(IsValidated)
            .filter(ModelRunId.in_subquery(runs))
            .filter(CreatedAt.gte(from));
        QueryTrait::query(&mut select)
            .expr(Func::count(Expr::col(Asterisk)))
            .expr(exact::sum(ConfidenceScore, 4))
            .add_group_by(
                [detection::Column::DetectionType, HumanLabel, Status, IsValidated].map(Expr::col),
            );
        let groups: Vec<Group> = select.into_tuple().all(self.connection).await?;
        let (mut decided, mut confidence) = (0_i64, 0_i64);
        for (detection_type, human_label, status, is_validated, count, sum) in groups {
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
            decided += count;
            confidence += sum.unwrap_or_default();
            let confusion = &mut performance.confusion;
            let same = confusion.iter_mut().find(|verdicts| {
                verdicts.detection_type == detection_type && verdicts.human_label == human_label
            });
            match same {
                Some(verdicts) => verdicts.count += many,
                None => confusion.push(Verdicts { detection_type, human_label, count: many }),
            }
        }
        performance.confusion.sort_by(|a, b| {
            let key = |verdicts: &Verdicts| {
                (verdicts.detection_type.as_str(), verdicts.human_label.clone())
            };
            key(a).cmp(&key(b))
        });
        let validated = i64::try_from(performance.validated).unwrap_or(i64::MAX);
        performance.precision = exact::mean(validated, 0, decided);
        performance.mean_confidence = exact::mean(confidence, 4, decided);
        Ok(())
    }

    async fn add_runs(
        &self,
        id: Uuid,
        from: DateTimeUtc,
        performance: &mut ModelPerformance,
    ) -> Result<()> {
        use model_run::Column::{CreatedAt, EnergyConsumedWh, InferenceTimeMs, ModelId, Status};
        let mut select = model_run::Entity::find()
            .select_only()
            .filter(ModelId.eq(id))
            .filter(Status.eq(ModelRunStatus::Completed))
            .filter(CreatedAt.gte(from));
        let count = |column: model_run::Column| Func::count(Expr::col(column));
        QueryTrait::query(&mut select)
            .expr(Func::count(Expr::col(Asterisk)))
            .expr(count(InferenceTimeMs))
            .expr(exact::sum(InferenceTimeMs, 0))
            .expr(count(EnergyConsumedWh))
            .expr(exact::sum(EnergyConsumedWh, 4));
        let totals: Option<Totals> = select.into_tuple().one(self.connection).await?;
        if let Some((runs, timed, time, measured, energy)) = totals {
            performance.runs = runs.unsigned_abs();
            performance.mean_inference_time_ms = exact::mean(time.unwrap_or_default(), 0, timed);
            performance.mean_energy_wh = exact::mean(energy.unwrap_or_default(), 4, measured);
        }
        Ok(())
    }
}
