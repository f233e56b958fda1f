//! How values are distributed.

use almanac_service::statistics::{self, DailyDistribution};
use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};

/// How values are distributed. Percentiles are by the nearest rank: they are values that occur.
#[derive(Debug, SimpleObject)]
pub struct Distribution {
    /// Number of values.
    count: u64,
    /// The smallest.
    min: f64,
    /// 5 % are not greater.
    p5: f64,
    /// Half of them are not greater.
    median: f64,
    /// 95 % are not greater.
    p95: f64,
    /// The greatest.
    max: f64,
    /// Their mean.
    mean: f64,
}

impl From<statistics::Distribution> for Distribution {
    fn from(values: statistics::Distribution) -> Self {
        let statistics::Distribution { count, min, p5, median, p95, max, mean } = values;
        Self { count, min, p5, median, p95, max, mean }
    }
}

/// How a day's values are distributed.
#[derive(Debug, SimpleObject)]
pub struct DayDistribution {
    /// Start of the day, UTC.
    day: Option<DateTime<Utc>>,
    /// Its values.
    values: Distribution,
}

/// The days as the graph shows them.
pub(super) fn days(days: Vec<DailyDistribution>) -> Vec<DayDistribution> {
    let day = |day: DailyDistribution| DayDistribution {
        day: day.day.date_time(),
        values: day.values.into(),
    };
    days.into_iter().map(day).collect()
}

/// How long a stage of processing took.
#[derive(Debug, SimpleObject)]
pub struct StageTimes {
    /// The stage, such as `conversion` or `imaging`.
    stage: &'static str,
    /// Seconds.
    seconds: Distribution,
}

impl From<statistics::StageTimes> for StageTimes {
    fn from(times: statistics::StageTimes) -> Self {
        Self { stage: times.stage, seconds: times.seconds.into() }
    }
}
