//! What a dashboard counts, in one round trip. Each field is a fixed number of statements on one database,
//! and nullable: a database that is down costs no more than the fields that need it.

mod completeness;
mod coverage;
mod dashboard;
mod distribution;
mod image_quality;
mod throughput;

pub use completeness::{Completeness, GroupCompleteness};
pub use coverage::{CalibrationCoverage, MjdWindow};
pub use dashboard::{DashboardStats, RecentCount};
pub use distribution::{DayDistribution, Distribution, StageTimes};
pub use image_quality::ImageQualityByDay;
pub use throughput::Throughput;

use almanac_entity::{UnixTime, cal_registry::caltable, ingest::performance_metric};
use almanac_service::statistics::TimeRange;
use async_graphql::Object;
use chrono::{DateTime, TimeDelta, Utc};

use super::{
    context::{Context, ContextExt},
    error::{Result, graph_error},
};

/// Days that a question by hour may span.
const HOURLY_DAYS: f64 = 31.0;
/// Days that a question by day may span.
const DAILY_DAYS: f64 = 366.0;

/// Statistics at the root of the graph.
#[derive(Debug, Default)]
pub struct StatisticsQueries;

#[Object]
impl StatisticsQueries {
    /// What a dashboard counts.
    async fn dashboard_stats(&self) -> Option<DashboardStats> {
        Some(DashboardStats::at(Utc::now()))
    }

    /// How much was done in each hour of a time of 31 days at the most.
    async fn throughput(
        &self,
        #[graphql(desc = "Start of the time; a day before its end unless said.")] from: Option<
            DateTime<Utc>,
        >,
        #[graphql(desc = "End of the time, itself not included; now unless said.")] to: Option<
            DateTime<Utc>,
        >,
    ) -> Result<Option<Throughput>> {
        Ok(Some(Throughput::over(range(from, to, 1, HOURLY_DAYS)?)))
    }

    /// How good the images of each day are, in a time of 366 days at the most.
    async fn image_quality_by_day(
        &self,
        #[graphql(desc = "Start of the time; 30 days before its end unless said.")] from: Option<
            DateTime<Utc>,
        >,
        #[graphql(desc = "End of the time, itself not included; now unless said.")] to: Option<
            DateTime<Utc>,
        >,
    ) -> Result<Option<ImageQualityByDay>> {
        Ok(Some(ImageQualityByDay::over(range(from, to, 30, DAILY_DAYS)?)))
    }

    /// How long each stage of processing took, in the order of processing, of the groups timed in a time of
    /// 366 days at the most. Stages that were not timed are left out.
    async fn stage_times(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Start of the time; a day before its end unless said.")] from: Option<
            DateTime<Utc>,
        >,
        #[graphql(desc = "End of the time, itself not included; now unless said.")] to: Option<
            DateTime<Utc>,
        >,
    ) -> Result<Option<Vec<StageTimes>>> {
        let range = range(from, to, 1, DAILY_DAYS)?;
        let times = read!(ctx, performance_metric::Entity, |times| times.stage_times(range).await)?;
        Ok(Some(times.into_iter().map(Into::into).collect()))
    }

    /// How complete the observation groups of each day are, or of each hour: by day for 366 days at the
    /// most, by hour for 31.
    async fn group_completeness(
        &self,
        #[graphql(desc = "Start of the time; 30 days before its end unless said.")] from: Option<
            DateTime<Utc>,
        >,
        #[graphql(desc = "End of the time, itself not included; now unless said.")] to: Option<
            DateTime<Utc>,
        >,
        #[graphql(default, desc = "Whether by hour instead of by day.")] by_hour: bool,
    ) -> Result<Option<GroupCompleteness>> {
        let most = if by_hour { HOURLY_DAYS } else { DAILY_DAYS };
        Ok(Some(GroupCompleteness::over(range(from, to, 30, most)?, by_hour)))
    }

    /// For which times there are active calibration tables, type by type in the order of application, and
    /// the gaps between. From 24 hours ago to 48 hours ahead unless said, 366 days at the most.
    async fn calibration_coverage(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Start of the time; 24 hours ago unless said.")] from: Option<
            DateTime<Utc>,
        >,
        #[graphql(desc = "End of the time; 48 hours ahead unless said.")] to: Option<DateTime<Utc>>,
    ) -> Result<Option<Vec<CalibrationCoverage>>> {
        let now = Utc::now();
        let from = from.unwrap_or(now - TimeDelta::hours(24));
        let to = to.unwrap_or(now + TimeDelta::hours(48));
        let range = range(Some(from), Some(to), 1, DAILY_DAYS)?;
        let now = UnixTime::from(now);
        let types = read!(ctx, caltable::Entity, |tables| tables.coverage(range, now).await)?;
        Ok(Some(types.into_iter().map(Into::into).collect()))
    }
}

/// The time asked about, which ends now and is of so many days unless said.
fn range(
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
    days: i64,
    most_days: f64,
) -> Result<TimeRange> {
    let to = to.unwrap_or_else(Utc::now);
    let from = from.unwrap_or(to - TimeDelta::days(days));
    TimeRange::new(from.into(), to.into(), most_days).map_err(|error| graph_error(&error))
}
