//! How values are distributed: percentiles by the nearest rank, which are values that occur.

use almanac_entity::{
    Table, UnixTime,
    ingest::performance_metric,
    products::{image, image_qa},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, QueryResult, TryGetable,
    sea_query::{Alias, Expr, ExprTrait, Func, Query, SelectStatement, SimpleExpr, UnionType},
};

use super::{SECONDS_OF_A_DAY, TimeRange};
use crate::{
    Repository, Result,
    aggregate::{percentile, whole},
};

/// The percentiles of a distribution.
const PERCENTS: [i64; 3] = [5, 50, 95];

/// How values are distributed. Percentiles are by the nearest rank.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Distribution {
    /// Number of values.
    pub count: u64,
    /// The smallest.
    pub min: f64,
    /// 5 % are not greater.
    pub p5: f64,
    /// Half of them are not greater.
    pub median: f64,
    /// 95 % are not greater.
    pub p95: f64,
    /// The greatest.
    pub max: f64,
    /// Their mean.
    pub mean: f64,
}

/// The distribution of a day's values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DailyDistribution {
    /// Start of the day, UTC.
    pub day: UnixTime,
    /// Its values.
    pub values: Distribution,
}

/// How long a stage of processing took.
#[derive(Clone, Debug, PartialEq)]
pub struct StageTimes {
    /// The stage, by the name of its column without `_time`, such as `imaging`.
    pub stage: &'static str,
    /// Seconds.
    pub seconds: Distribution,
}

/// The stages that are timed, in the order of processing.
const STAGES: [(&str, performance_metric::Column); 11] = {
    use performance_metric::Column as C;
    [
        ("load", C::LoadTime),
        ("phase", C::PhaseTime),
        ("write", C::WriteTime),
        ("concat", C::ConcatTime),
        ("conversion", C::ConversionTime),
        ("k_solve", C::KSolveTime),
        ("bp_solve", C::BpSolveTime),
        ("g_solve", C::GSolveTime),
        ("imaging", C::ImagingTime),
        ("photometry", C::PhotometryTime),
        ("total", C::TotalTime),
    ]
};

impl<C: ConnectionTrait> Repository<'_, C, image::Entity> {
    /// The noise of the images made in `range`, Jy/beam; none where there are none. One statement.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn noise(&self, range: TimeRange) -> Result<Option<Distribution>> {
        let values = values::<image::Entity>(
            Expr::val(0_i64),
            image::Column::NoiseJy.into_expr(),
            image::Column::CreatedAt,
            range,
        );
        let mut rows = self.distributions::<i64>(values).await?;
        Ok(rows.pop().map(|(_, noise)| noise))
    }

    /// The noise of the images, Jy/beam, day by day of their making. One statement.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn noise_by_day(&self, range: TimeRange) -> Result<Vec<DailyDistribution>> {
        self.by_day(image::Column::NoiseJy, image::Column::CreatedAt, range).await
    }

    /// The dynamic range of the images, day by day of their making. One statement.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn dynamic_range_by_day(&self, range: TimeRange) -> Result<Vec<DailyDistribution>> {
        self.by_day(image::Column::DynamicRange, image::Column::CreatedAt, range).await
    }
}

impl<C: ConnectionTrait> Repository<'_, C, image_qa::Entity> {
    /// The number of sources on the images, day by day of their assessment. One statement.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn detections_by_day(&self, range: TimeRange) -> Result<Vec<DailyDistribution>> {
        self.by_day(image_qa::Column::NumSources, image_qa::Column::Timestamp, range).await
    }
}

impl<C: ConnectionTrait> Repository<'_, C, performance_metric::Entity> {
    /// How long each stage took of the groups timed in `range`, in the order of processing; stages that
    /// were not timed are left out. A conversion without a time of its own took as long as reading,
    /// phasing and writing together. One statement.
    ///
    /// # Panics
    /// Never: there are stages.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn stage_times(&self, range: TimeRange) -> Result<Vec<StageTimes>> {
        use performance_metric::Column as C;
        let mut all: Option<SelectStatement> = None;
        for (stage, column) in STAGES {
            let parts = || {
                C::LoadTime.into_expr().add(C::PhaseTime.into_expr()).add(C::WriteTime.into_expr())
            };
            let seconds: SimpleExpr = match column {
                C::ConversionTime => Func::coalesce([column.into_expr(), parts()]).into(),
                other => other.into_expr(),
            };
            let of_stage = values::<performance_metric::Entity>(
                Expr::val(stage).cast_as(Alias::new("TEXT")),
                seconds,
                C::RecordedAt,
                range,
            );
            match &mut all {
                Some(all) => {
                    all.union(UnionType::All, of_stage);
                }
                None => all = Some(of_stage),
            }
        }
        let all = all.expect("there are stages");
        let times = self.distributions::<String>(all).await?;
        let of_stage = |stage: &'static str| {
            let seconds = times.iter().find(|(name, _)| name == stage)?.1;
            Some(StageTimes { stage, seconds })
        };
        Ok(STAGES.into_iter().filter_map(|(stage, _)| of_stage(stage)).collect())
    }
}

impl<C: ConnectionTrait, E: Table> Repository<'_, C, E> {
    async fn by_day(
        &self,
        value: E::Column,
        time: E::Column,
        range: TimeRange,
    ) -> Result<Vec<DailyDistribution>> {
        let days = Expr::col(time.as_column_ref()).div(SECONDS_OF_A_DAY);
        let day = whole(days, self.connection.get_database_backend());
        // As a double: counts are distributed too.
        let value = Expr::col(value.as_column_ref()).mul(1.0);
        let values = values::<E>(day, value, time, range);
        #[expect(clippy::cast_precision_loss, reason = "days since 1970 are few")]
        let start = |day: i64| UnixTime(day as f64 * SECONDS_OF_A_DAY);
        let days = self.distributions::<i64>(values).await?;
        Ok(days
            .into_iter()
            .map(|(day, values)| DailyDistribution { day: start(day), values })
            .collect())
    }

    /// How the `value`s of each `bucket` are distributed, by bucket.
    pub(crate) async fn distributions<B: TryGetable>(
        &self,
        values: SelectStatement,
    ) -> Result<Vec<(B, Distribution)>> {
        let ranked = Query::select()
            .columns(["bucket", "value"])
            .expr_as(Expr::cust("ROW_NUMBER() OVER (PARTITION BY bucket ORDER BY value)"), "place")
            .expr_as(Expr::cust("COUNT(*) OVER (PARTITION BY bucket)"), "many")
            .from_subquery(values, "measured")
            .to_owned();
        let mut select = Query::select();
        select
            .column("bucket")
            .expr(Func::count(Expr::col("value")))
            .expr(Func::min(Expr::col("value")))
            .exprs(PERCENTS.map(percentile))
            .expr(Func::max(Expr::col("value")))
            .expr(Func::avg(Expr::col("value")))
            .from_subquery(ranked, "ranked")
            .group_by_col("bucket")
            .order_by("bucket", sea_orm::Order::Asc);
        let results = self.connection.query_all(&select).await?;
        let rows = results.iter().map(|result| Ok((result.try_get_by_index(0)?, read(result)?)));
        rows.collect()
    }
}

/// `value` by `bucket` of the rows that have one and whose `time` lies in `range`.
fn values<E: Table>(
    bucket: impl Into<SimpleExpr>,
    value: SimpleExpr,
    time: E::Column,
    range: TimeRange,
) -> SelectStatement {
    let time = || Expr::col(time.as_column_ref());
    Query::select()
        .expr_as(bucket.into(), "bucket")
        .expr_as(value.clone(), "value")
        .from(E::default().table_ref())
        .and_where(time().gte(range.from.0))
        .and_where(time().lt(range.to.0))
        .and_where(value.is_not_null())
        .to_owned()
}

fn read(result: &QueryResult) -> Result<Distribution> {
    let count: i64 = result.try_get_by_index(1)?;
    Ok(Distribution {
        count: count.unsigned_abs(),
        min: result.try_get_by_index(2)?,
        p5: result.try_get_by_index(3)?,
        median: result.try_get_by_index(4)?,
        p95: result.try_get_by_index(5)?,
        max: result.try_get_by_index(6)?,
        mean: result.try_get_by_index(7)?,
    })
}
