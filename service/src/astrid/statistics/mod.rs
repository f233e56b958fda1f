//! What a dashboard counts of the pipeline. Each answer is a fixed number of grouped statements, and the same on
//! both engines.

mod detections;
mod observations;
mod pipeline;

pub use detections::{ConfidenceBin, DetectionStats};
pub use observations::{ObservationStats, SurveyCount};
pub use pipeline::{PipelineStats, Spread, StageStats};

use chrono::{NaiveDate, TimeDelta};
use sea_orm::{
    ColumnTrait, DbBackend,
    prelude::{DateTimeUtc, Decimal},
    sea_query::{Expr, Func, SimpleExpr},
};

use crate::{Result, astrid::new_observation::rounded};

/// How many days are told one by one.
const DAYS: i64 = 30;

/// How many there are of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayCount {
    /// The day, UTC.
    pub day: NaiveDate,
    /// How many.
    pub count: u64,
}

/// The day of an instant, UTC, as text.
fn day<C: ColumnTrait>(column: C, backend: DbBackend) -> SimpleExpr {
    let instant = Expr::col(column.as_column_ref());
    match backend {
        DbBackend::Sqlite => {
            let number = |number: i64| Expr::cust(number.to_string());
            Func::cust("SUBSTR").args([instant, number(1), number(10)]).into()
        }
        _ => Expr::cust_with_exprs("TO_CHAR($1 AT TIME ZONE 'UTC', 'YYYY-MM-DD')", [instant]),
    }
}

/// The first instant of the days that are told one by one, today being the last of them.
fn first_day(now: DateTimeUtc) -> DateTimeUtc {
    let today = now.date_naive().and_time(chrono::NaiveTime::MIN).and_utc();
    today.checked_sub_signed(TimeDelta::days(DAYS - 1)).unwrap_or(DateTimeUtc::UNIX_EPOCH)
}

fn days(counts: Vec<(String, i64)>) -> Vec<DayCount> {
    let count = |(day, count): (String, i64)| {
        Some(DayCount { day: day.parse().ok()?, count: count.unsigned_abs() })
    };
    let mut days: Vec<DayCount> = counts.into_iter().filter_map(count).collect();
    days.sort_unstable_by_key(|count| count.day);
    days
}

/// A mean as answers have it, with six decimals.
fn mean(number: f64) -> Result<Decimal> {
    rounded("mean", number, 6)
}
