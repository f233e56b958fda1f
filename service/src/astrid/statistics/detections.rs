//! How many detections there are, and what people made of them.

use almanac_entity::astrid::{DetectionStatus, DetectionType, detection};
use detection::Column::{ConfidenceScore, CreatedAt, Status};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait,
    prelude::{DateTimeUtc, Decimal},
    sea_query::{Asterisk, Expr, ExprTrait, Func, Query},
};

use super::{DayCount, day, days, first_day};
use crate::{
    Repository, Result,
    astrid::{DetectionFilter, exact, stored},
};

/// The edges of the bins of confidence, in fifths; the last one is closed.
const BINS: i64 = 5;

/// How many detections there are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DetectionStats {
    /// All of them.
    pub total: u64,
    /// How many are in each state that some are in, by its word.
    pub by_status: Vec<(DetectionStatus, u64)>,
    /// How many the model took for what, by its word.
    pub by_type: Vec<(DetectionType, u64)>,
    /// Those that wait for reviewers: pending and validating.
    pub pending_review: u64,
    /// Those that reviewers accepted: validated and confirmed.
    pub validated: u64,
    /// Those that they rejected.
    pub rejected: u64,
    /// Those with a confidence of 0.8 or more.
    pub high_confidence: u64,
    /// Mean confidence, six decimals; none of none.
    pub mean_confidence: Option<Decimal>,
    /// How many have a confidence from 0 to 0.2, and so on up to 1.
    pub histogram: Vec<ConfidenceBin>,
    /// How many were made on each of the last 30 days that has some.
    pub per_day: Vec<DayCount>,
}

/// How many detections have a confidence in a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConfidenceBin {
    /// Its lower edge, which belongs to it.
    pub from: Decimal,
    /// Its upper edge, which belongs to the next one, or to it where that is 1.
    pub to: Decimal,
    /// How many.
    pub count: u64,
}

impl<C: ConnectionTrait> Repository<'_, C, detection::Entity> {
    /// How many of the detections wanted there are, by state, type, confidence and day. Two statements.
    ///
    /// # Errors
    /// A bound of the filter is no finite number, a lower one lies above its upper one, or the engine fails.
    pub async fn statistics(
        &self,
        filter: &DetectionFilter,
        now: DateTimeUtc,
    ) -> Result<DetectionStats> {
        use detection::Column::DetectionType as Type;

        let wanted = filter.to_filter()?.condition();
        // Which fifth a confidence lies in; 1 lies in the last one.
        let fifth = (1..BINS).fold(Expr::val(0_i64), |fifth, edge| {
            let reached = ConfidenceScore.gte(Decimal::new(2 * edge, 1));
            fifth.add(Expr::case(reached, 1_i64).finally(0_i64))
        });
        let mut binned = detection::Entity::find().select_only().filter(wanted.clone());
        QueryTrait::query(&mut binned)
            .expr_as(Status.into_expr().cast_as("TEXT"), "status")
            .expr_as(Type.into_expr().cast_as("TEXT"), "kind")
            .expr_as(fifth, "bin")
            .expr_as(ConfidenceScore.into_expr(), "confidence_score");
        let select = Query::select()
            .columns(["status", "kind", "bin"])
            .expr(Func::count(Expr::col(Asterisk)))
            .expr(exact::sum_of(Expr::col("confidence_score"), 4))
            .from_subquery(binned.into_query(), "binned")
            .add_group_by(["status", "kind", "bin"].map(Expr::col))
            .to_owned();
        let mut stats = DetectionStats { histogram: bins(), ..DetectionStats::default() };
        let mut confidence = 0;
        for result in self.connection.query_all(&select).await? {
            let (status, kind, bin, count, sum): (DetectionStatus, DetectionType, i64, i64, i64) =
                result.try_get_many_by_index()?;
            stats.add(status, kind, bin, count.unsigned_abs());
            confidence += sum;
        }
        stats.by_status.sort_unstable_by_key(|(status, _)| status.as_str());
        stats.by_type.sort_unstable_by_key(|(kind, _)| kind.as_str());
        let total = i64::try_from(stats.total).unwrap_or(i64::MAX);
        stats.mean_confidence = exact::mean(confidence, 4, total);

        let mut select = detection::Entity::find()
            .select_only()
            .filter(wanted)
            .filter(CreatedAt.gte(first_day(now)))
            .filter(CreatedAt.lte(stored(now)));
        let backend = self.connection.get_database_backend();
        QueryTrait::query(&mut select)
            .expr(day(CreatedAt, backend))
            .expr(Func::count(Expr::col(Asterisk)))
            .add_group_by([day(CreatedAt, backend)]);
        stats.per_day = days(select.into_tuple().all(self.connection).await?);
        Ok(stats)
    }
}

impl DetectionStats {
    fn add(&mut self, status: DetectionStatus, kind: DetectionType, bin: i64, count: u64) {
        use DetectionStatus::{Archived, Confirmed, Pending, Rejected, Validated, Validating};
        self.total += count;
        match status {
            Pending | Validating => self.pending_review += count,
            Validated | Confirmed => self.validated += count,
            Rejected => self.rejected += count,
            Archived => {}
        }
        if bin == BINS - 1 {
            self.high_confidence += count;
        }
        match self.by_status.iter_mut().find(|(other, _)| *other == status) {
            Some((_, many)) => *many += count,
            None => self.by_status.push((status, count)),
        }
        match self.by_type.iter_mut().find(|(other, _)| *other == kind) {
            Some((_, many)) => *many += count,
            None => self.by_type.push((kind, count)),
        }
        let bin = usize::try_from(bin).ok().and_then(|bin| self.histogram.get_mut(bin));
        if let Some(bin) = bin {
            bin.count += count;
        }
    }
}

fn bins() -> Vec<ConfidenceBin> {
    let edge = |fifth: i64| Decimal::new(2 * fifth, 1);
    let bin = |fifth| ConfidenceBin { from: edge(fifth), to: edge(fifth + 1), count: 0 };
    (0..BINS).map(bin).collect()
}
