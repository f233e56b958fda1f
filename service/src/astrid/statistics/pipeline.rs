//! How the stages of the pipeline do.

use almanac_entity::astrid::{
    DifferenceRunStatus, ModelRunStatus, PreprocessRunStatus, detection, difference_run, model_run,
    preprocess_run,
};
use chrono::TimeDelta;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityName,
    prelude::{DateTimeUtc, Decimal},
    sea_query::{
        Asterisk, Expr, ExprTrait, Func, JoinType, Query, SelectStatement, SimpleExpr, TableRef,
        UnionType,
    },
};

use super::mean;
use crate::{
    Repository, Result,
    astrid::{JobType, stored},
    statistics::Distribution,
};

const CANDIDATES: &str = "candidates";
const DETECTIONS: &str = "detections";

/// How the stages of the pipeline did in some time, by the runs that were made in it.
#[derive(Clone, Debug, PartialEq)]
pub struct PipelineStats {
    /// Preprocessing, differencing and inference, in this order.
    pub stages: Vec<StageStats>,
    /// Candidates of a difference image; none where no run has ended well.
    pub candidates_per_image: Option<Spread>,
    /// Detections of an image that a model ran over; none where no run has ended well.
    pub detections_per_image: Option<Spread>,
}

/// How a stage did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StageStats {
    /// Its name, as its jobs bear it: `preprocess`, `difference` or `inference`.
    pub stage: &'static str,
    /// Runs that were started at least once.
    pub started: u64,
    /// Those of them that ended well.
    pub completed: u64,
    /// Those that ended badly.
    pub failed: u64,
    /// Retries that runs used. A retry of an inference is a run of its own.
    pub retried: u64,
    /// Mean time of a run that ended well, seconds, six decimals.
    pub mean_seconds: Option<Decimal>,
    /// 95 % of them took no longer, seconds.
    pub p95_seconds: Option<f64>,
}

/// How counts are spread, percentiles by the nearest rank.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The smallest.
    pub min: f64,
    /// Half of them are not greater.
    pub median: f64,
    /// 95 % are not greater.
    pub p95: f64,
    /// The greatest.
    pub max: f64,
    /// Their mean, six decimals.
    pub mean: Decimal,
}

/// What a stage is in the database.
struct Stage {
    name: &'static str,
    runs: TableRef,
    created_at: SimpleExpr,
    /// Whether a run was ever started.
    is_started: SimpleExpr,
    is_completed: SimpleExpr,
    is_failed: SimpleExpr,
    retries: SimpleExpr,
    seconds: SimpleExpr,
}

impl<C: ConnectionTrait> Repository<'_, C, preprocess_run::Entity> {
    /// How the stages did by the runs that were made within `window` before `now`. Two statements.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn pipeline_statistics(
        &self,
        window: TimeDelta,
        now: DateTimeUtc,
    ) -> Result<PipelineStats> {
        let from = now.checked_sub_signed(window).unwrap_or(DateTimeUtc::UNIX_EPOCH);
        let from = stored(from);
        let mut stages = Vec::new();
        for result in
            self.connection.query_all(&united(STAGES.map(|of| counts(of(), from)))).await?
        {
            let (name, started, completed, failed, retried): (String, i64, i64, i64, i64) =
                result.try_get_many_by_index()?;
            let known = STAGES.into_iter().map(|of| of().name).find(|known| *known == name);
            stages.extend(known.map(|stage| StageStats {
                stage,
                started: started.unsigned_abs(),
                completed: completed.unsigned_abs(),
                failed: failed.unsigned_abs(),
                retried: retried.unsigned_abs(),
                ..StageStats::default()
            }));
        }
        let values = STAGES.map(|of| seconds(of(), from)).into_iter();
        let values = values.chain([candidates_per_image(from), detections_per_image(from)]);
        let spreads = self.distributions::<String>(united(values)).await?;
        let of = |name: &str| spreads.iter().find(|(of, _)| of == name).map(|(_, spread)| *spread);
        for stage in &mut stages {
            let spread = of(stage.stage);
            stage.mean_seconds = spread.map(|spread| mean(spread.mean)).transpose()?;
            stage.p95_seconds = spread.map(|spread| spread.p95);
        }
        stages.sort_by_key(|stage| STAGES.iter().position(|of| of().name == stage.stage));
        Ok(PipelineStats {
            stages,
            candidates_per_image: of(CANDIDATES).map(Spread::of).transpose()?,
            detections_per_image: of(DETECTIONS).map(Spread::of).transpose()?,
        })
    }
}

impl Spread {
    fn of(spread: Distribution) -> Result<Self> {
        let Distribution { min, median, p95, max, mean: exact, .. } = spread;
        Ok(Self { min, median, p95, max, mean: mean(exact)? })
    }
}

const STAGES: [fn() -> Stage; 3] = [preprocessing, differencing, inference];

fn preprocessing() -> Stage {
    use preprocess_run::Column as C;
    Stage {
        name: JobType::Preprocess.as_str(),
        runs: preprocess_run::Entity.table_ref(),
        created_at: C::CreatedAt.into_expr(),
        is_started: C::StartedAt.is_not_null().or(C::RetryCount.gt(0)),
        is_completed: C::Status.eq(PreprocessRunStatus::Completed),
        is_failed: C::Status.eq(PreprocessRunStatus::Failed),
        retries: C::RetryCount.into_expr(),
        seconds: C::ProcessingTimeSeconds.into_expr().mul(1.0),
    }
}

fn differencing() -> Stage {
    use difference_run::Column as C;
    Stage {
        name: JobType::Difference.as_str(),
        runs: difference_run::Entity.table_ref(),
        created_at: C::CreatedAt.into_expr(),
        is_started: C::StartedAt.is_not_null().or(C::RetryCount.gt(0)),
        is_completed: C::Status.eq(DifferenceRunStatus::Completed),
        is_failed: C::Status.eq(DifferenceRunStatus::Failed),
        retries: C::RetryCount.into_expr(),
        seconds: C::ProcessingTimeSeconds.into_expr().mul(1.0),
    }
}

fn inference() -> Stage {
    use model_run::Column as C;
    Stage {
        name: JobType::Inference.as_str(),
        runs: model_run::Entity.table_ref(),
        created_at: C::CreatedAt.into_expr(),
        is_started: C::StartedAt.is_not_null(),
        is_completed: C::Status.eq(ModelRunStatus::Completed),
        is_failed: C::Status.eq(ModelRunStatus::Failed),
        retries: Expr::val(0_i64),
        seconds: C::InferenceTimeMs.into_expr().div(1000.0),
    }
}

/// How many runs of a stage came how far.
fn counts(stage: Stage, from: DateTimeUtc) -> SelectStatement {
    let count = |those| Func::count(Expr::case(those, 1));
    Query::select()
        .expr(named(stage.name))
        .expr(count(stage.is_started))
        .expr(count(stage.is_completed))
        .expr(count(stage.is_failed))
        .expr(Func::coalesce([
            SimpleExpr::from(Func::sum(stage.retries)).cast_as("BIGINT"),
            Expr::val(0_i64),
        ]))
        .from(stage.runs)
        .and_where(stage.created_at.gte(from))
        .to_owned()
}

/// How long the runs of a stage took that ended well.
fn seconds(stage: Stage, from: DateTimeUtc) -> SelectStatement {
    Query::select()
        .expr_as(named(stage.name), "bucket")
        .expr_as(stage.seconds.clone(), "value")
        .from(stage.runs)
        .and_where(stage.created_at.gte(from))
        .and_where(stage.is_completed)
        .and_where(stage.seconds.is_not_null())
        .to_owned()
}

fn candidates_per_image(from: DateTimeUtc) -> SelectStatement {
    use difference_run::Column as C;
    Query::select()
        .expr_as(named(CANDIDATES), "bucket")
        .expr_as(C::CandidatesFound.into_expr().mul(1.0), "value")
        .from(difference_run::Entity.table_ref())
        .and_where(C::CreatedAt.gte(from))
        .and_where(C::Status.eq(DifferenceRunStatus::Completed))
        .to_owned()
}

fn detections_per_image(from: DateTimeUtc) -> SelectStatement {
    use model_run::Column as C;
    let of_runs = Query::select()
        .expr_as(detection::Column::ModelRunId.into_expr(), "run")
        .expr_as(Func::count(Expr::col(Asterisk)), "many")
        .from(detection::Entity.table_ref())
        .and_where(detection::Column::CreatedAt.gte(from))
        .group_by_col(detection::Column::ModelRunId.as_column_ref())
        .to_owned();
    let many = Func::coalesce([Expr::col(("of_runs", "many")), Expr::val(0_i64)]);
    Query::select()
        .expr_as(named(DETECTIONS), "bucket")
        .expr_as(SimpleExpr::from(many).mul(1.0), "value")
        .from(model_run::Entity.table_ref())
        .join_subquery(
            JoinType::LeftJoin,
            of_runs,
            "of_runs",
            Expr::col(("of_runs", "run")).eq(C::Id.into_expr()),
        )
        .and_where(C::CreatedAt.gte(from))
        .and_where(C::ObservationId.is_not_null())
        .and_where(C::Status.eq(ModelRunStatus::Completed))
        .to_owned()
}

/// A name as a cell; PostgreSQL asks of what type it is.
fn named(name: &str) -> SimpleExpr {
    Expr::val(name).cast_as("TEXT")
}

fn united(selects: impl IntoIterator<Item = SelectStatement>) -> SelectStatement {
    let mut selects = selects.into_iter();
    let mut all = selects.next().unwrap_or_default();
    for select in selects {
        all.union(UnionType::All, select);
    }
    all
}
