//! Measurement sets: their way through the stages of processing.

use std::collections::HashMap;

use almanac_entity::{
    UnixTime,
    products::{MeasurementSetStage, MeasurementSetStatus, ms_index},
};
use ms_index::Column::{Path, ProcessedAt, Stage, StageUpdatedAt, Status};
use sea_orm::{
    ActiveValue, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait, SimpleExpr},
};

use super::IN_LIST;
use crate::{Error, Filter, Order, Repository, Result, Writable};

/// More measurement sets are never listed at once.
const MOST: u64 = 10_000;

/// The stages in the order in which a measurement set comes to them.
const STAGES: [MeasurementSetStage; 10] = [
    MeasurementSetStage::Discovered,
    MeasurementSetStage::Pending,
    MeasurementSetStage::Ingested,
    MeasurementSetStage::Converted,
    MeasurementSetStage::Calibrated,
    MeasurementSetStage::Imaged,
    MeasurementSetStage::Mosaicked,
    MeasurementSetStage::Cataloged,
    MeasurementSetStage::PhotometryComplete,
    MeasurementSetStage::Done,
];

/// Where a measurement set comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct StageUpdate {
    /// The stage.
    pub stage: MeasurementSetStage,
    /// Its status from now on; none keeps the one it has.
    pub status: Option<MeasurementSetStatus>,
    /// Whether it may also go back.
    pub force: bool,
}

impl StageUpdate {
    /// Forward to a stage.
    pub fn to(stage: MeasurementSetStage) -> Self {
        Self { stage, status: None, force: false }
    }
}

/// Whether `to` lies before `from`. A word from outside the vocabulary lies nowhere.
pub fn goes_back(from: &MeasurementSetStage, to: &MeasurementSetStage) -> bool {
    let place = |stage| STAGES.iter().position(|other| other == stage);
    matches!((place(from), place(to)), (Some(from), Some(to)) if to < from)
}

/// The measurement sets at a stage. One that names no stage is at `pending`.
pub fn at_stage(stage: &MeasurementSetStage) -> Filter<ms_index::Entity> {
    let named = Filter::eq(Stage, stage.clone());
    if *stage != MeasurementSetStage::Pending {
        return named;
    }
    Filter::Any(vec![named, Filter::Null(Stage, true), Filter::eq(Stage, "")])
}

impl<C: ConnectionTrait> Repository<'_, C, ms_index::Entity> {
    /// The measurement set of a path.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn find_by_path(&self, path: &str) -> Result<Option<ms_index::Model>> {
        self.find(path).await
    }

    /// The measurement sets of a status and at a stage, or of any, processed last first; those never
    /// processed come last.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn list_by(
        &self,
        status: Option<&MeasurementSetStatus>,
        stage: Option<&MeasurementSetStage>,
        limit: u64,
        offset: u64,
    ) -> Result<Vec<ms_index::Model>> {
        let status = status.map(|status| Filter::eq(Status, status.clone()));
        let filter = Filter::All(status.into_iter().chain(stage.map(at_stage)).collect());
        self.slice(&filter, &[Order::desc(ProcessedAt)], limit, offset).await
    }

    /// The measurement sets at a stage, processed last first; at most 10,000.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn list_by_stage(&self, stage: &MeasurementSetStage) -> Result<Vec<ms_index::Model>> {
        self.list_by(None, Some(stage), MOST, 0).await
    }

    /// The measurement sets of the status `pending`, processed last first; at most 10,000.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn list_pending(&self) -> Result<Vec<ms_index::Model>> {
        self.list_by(Some(&MeasurementSetStatus::Pending), None, MOST, 0).await
    }

    /// The measurement sets of these paths, in the order asked for; unknown paths are left out.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn get_many(&self, paths: &[String]) -> Result<Vec<ms_index::Model>> {
        let mut found = HashMap::with_capacity(paths.len());
        for chunk in paths.chunks(IN_LIST) {
            let select = ms_index::Entity::find().filter(Path.is_in(chunk));
            let rows = select.all(self.connection).await?.into_iter();
            found.extend(rows.map(|row| (row.path.clone(), row)));
        }
        Ok(paths.iter().filter_map(|path| found.get(path).cloned()).collect())
    }

    /// How many measurement sets are at each stage; those that name none are at `pending`. The stages
    /// that occur, in alphabetical order.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn counts_by_stage(&self) -> Result<Vec<(MeasurementSetStage, u64)>> {
        let pending = MeasurementSetStage::Pending.as_str();
        let missing = Stage.is_null().or(Stage.eq(""));
        let stage: SimpleExpr =
            Expr::case(missing, Expr::val(pending)).finally(Stage.into_expr()).into();
        let select = ms_index::Entity::find()
            .select_only()
            .expr_as(stage, "stage_or_pending")
            .expr(Path.count())
            .group_by(Expr::col("stage_or_pending"));
        let counts: Vec<(MeasurementSetStage, i64)> =
            select.into_tuple().all(self.connection).await?;
        let mut counts: Vec<_> =
            counts.into_iter().map(|(stage, count)| (stage, count.unsigned_abs())).collect();
        counts.sort_by(|(a, _), (b, _)| a.as_str().cmp(b.as_str()));
        Ok(counts)
    }
}

impl<C: Writable> Repository<'_, C, ms_index::Entity> {
    /// Brings a measurement set to a stage, and to a status if one is given; whether there is such a
    /// measurement set. The statements belong in one transaction.
    ///
    /// # Errors
    /// The stage lies before the one it is at, and `force` is not set; or the engine fails.
    pub async fn update_stage(
        &self,
        path: &str,
        update: StageUpdate,
        now: UnixTime,
    ) -> Result<bool> {
        let Some(known) = self.lock(path).await? else { return Ok(false) };
        if !update.force {
            check_forward(&known, &update.stage)?;
        }
        let mut set = vec![(Stage, Expr::value(update.stage)), (StageUpdatedAt, Expr::value(now))];
        if let Some(status) = update.status {
            set.push((Status, Expr::value(status)));
        }
        Ok(self.update_where(&Filter::eq(Path, path), set).await? > 0)
    }

    /// Writes a new measurement set; see [`upsert_by_path`](Self::upsert_by_path) for its times.
    ///
    /// # Errors
    /// The path is missing or known, a value is out of range, or the engine fails.
    pub async fn add(&self, row: ms_index::ActiveModel, now: UnixTime) -> Result<ms_index::Model> {
        let path = path_of(&row)?.to_owned();
        if self.find_by_path(&path).await?.is_some() {
            return Err(Error::Conflict(format!("there is a measurement set {path} already")));
        }
        self.insert(with_times(row, now)).await
    }

    /// Writes a measurement set, or changes the one of that path. A field that is null or not given
    /// keeps what it holds. A stage that is new came at `now` unless `stage_updated_at` says otherwise;
    /// `created_at` is `now`, or as given, and is never changed. The statements belong in one
    /// transaction.
    ///
    /// # Errors
    /// The path is missing, the stage lies before the one it is at, a value is out of range, or the engine
    /// fails.
    pub async fn upsert_by_path(
        &self,
        row: ms_index::ActiveModel,
        now: UnixTime,
    ) -> Result<ms_index::Model> {
        let Some(known) = self.lock(path_of(&row)?).await? else {
            return self.upsert(with_times(row, now), &[Path]).await;
        };
        if let Some(stage) = stage_of(&row) {
            check_forward(&known, stage)?;
        }
        let mut row = row;
        row.created_at = ActiveValue::NotSet;
        if stage_of(&row).is_some_and(|stage| known.stage.as_ref() != Some(stage)) {
            row = with_stage_time(row, now);
        }
        self.upsert(row, &[Path]).await
    }
}

fn check_forward(known: &ms_index::Model, stage: &MeasurementSetStage) -> Result<()> {
    match &known.stage {
        Some(from) if goes_back(from, stage) => {
            let path = &known.path;
            let message =
                format!("measurement set {path} is {from}; it goes back to {stage} only by force");
            Err(Error::Conflict(message))
        }
        _ => Ok(()),
    }
}

fn path_of(row: &ms_index::ActiveModel) -> Result<&str> {
    match row.path.try_as_ref() {
        Some(path) if !path.trim().is_empty() => Ok(path),
        _ => Err(Error::invalid("path", "a measurement set has a path")),
    }
}

fn stage_of(row: &ms_index::ActiveModel) -> Option<&MeasurementSetStage> {
    row.stage.try_as_ref()?.as_ref()
}

fn with_times(mut row: ms_index::ActiveModel, now: UnixTime) -> ms_index::ActiveModel {
    if row.created_at.try_as_ref().is_none_or(Option::is_none) {
        row.created_at = ActiveValue::Set(Some(now));
    }
    if stage_of(&row).is_some() { with_stage_time(row, now) } else { row }
}

fn with_stage_time(mut row: ms_index::ActiveModel, now: UnixTime) -> ms_index::ActiveModel {
    if row.stage_updated_at.try_as_ref().is_none_or(Option::is_none) {
        row.stage_updated_at = ActiveValue::Set(Some(now));
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every pair of stages: those of the pipeline follow each other, and a word from outside the
    /// vocabulary neither leads nor follows.
    #[test]
    fn only_earlier_stages_are_a_way_back() {
        for (from, stage) in STAGES.iter().enumerate() {
            for (to, other) in STAGES.iter().enumerate() {
                assert_eq!(goes_back(stage, other), to < from, "{stage} {other}");
            }
            let foreign = "archived".into();
            assert!(!goes_back(stage, &foreign) && !goes_back(&foreign, stage));
        }
    }
}
