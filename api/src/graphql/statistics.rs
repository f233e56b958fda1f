//! What a dashboard counts, in one round trip. Each field is a fixed number of statements on one database,
//! and nullable: a database that is down costs no more than the fields that need it.

use almanac_entity::{
    UnixTime,
    cal_registry::caltable,
    hdf5::hdf5_file,
    ingest::{ingest_group, performance_metric, subband_file},
    products::{ese_candidate, image, image_qa, job, ms_index, photometry},
};
use almanac_service::{
    Filter,
    products::StatusGroup,
    statistics::{self, DailyDistribution, TimeRange},
};
use async_graphql::{Object, SimpleObject};
use chrono::{DateTime, TimeDelta, Utc};

use super::{
    context::{Context, ContextExt},
    error::{Result, graph_error},
    products::{Image, JobStatusCount, NamedCount, QaStats, named_counts, qa_stats, status_counts},
    read::shown,
    series::Series,
};

/// How long an answer may be kept, seconds.
const KEPT_SEC: i32 = 30;
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
        Some(DashboardStats { now: Utc::now() })
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
        Ok(Some(Throughput(range(from, to, 1, HOURLY_DAYS)?)))
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
        Ok(Some(ImageQualityByDay(range(from, to, 30, DAILY_DAYS)?)))
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
        let stage = |times: statistics::StageTimes| StageTimes {
            stage: times.stage,
            seconds: times.seconds.into(),
        };
        Ok(Some(times.into_iter().map(stage).collect()))
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
        Ok(Some(GroupCompleteness { range: range(from, to, 30, most)?, by_hour }))
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

/// What a dashboard counts.
#[derive(Debug)]
pub struct DashboardStats {
    now: DateTime<Utc>,
}

impl DashboardStats {
    fn last_day(&self) -> TimeRange {
        TimeRange::last_days(1.0, self.now.into())
    }
}

/// What a dashboard counts. Each field is read only when it is asked for.
#[Object]
impl DashboardStats {
    /// When these were counted.
    async fn generated_at(&self) -> DateTime<Utc> {
        self.now
    }

    /// How long they may be kept, seconds.
    async fn keep_for_sec(&self) -> i32 {
        KEPT_SEC
    }

    /// Measurement sets by stage, as stored; those without one are `pending`.
    async fn measurement_sets_by_stage(
        &self,
        ctx: &Context<'_>,
    ) -> Result<Option<Vec<NamedCount>>> {
        let counts = read!(ctx, ms_index::Entity, |sets| sets.counts_by_stage().await)?;
        Ok(Some(named_counts(counts)))
    }

    /// Measurement sets.
    async fn measurement_sets(&self, ctx: &Context<'_>) -> Result<Option<u64>> {
        read!(ctx, ms_index::Entity, |sets| sets.count(&Filter::default()).await).map(Some)
    }

    /// Images, and those of the last 24 hours.
    async fn images(&self, ctx: &Context<'_>) -> Result<Option<RecentCount>> {
        let range = self.last_day();
        let count = read!(ctx, image::Entity, |images| images.count_recent(range).await)?;
        Ok(Some(RecentCount { total: count.total, last_day: count.recent }))
    }

    /// The ten newest images.
    async fn newest_images(&self, ctx: &Context<'_>) -> Result<Option<Vec<Image>>> {
        let images = read!(ctx, image::Entity, |images| images.list_by_type(None, 10, 0).await)?;
        Ok(Some(shown::<image::Entity>(&images)))
    }

    /// Measurements of forced photometry.
    async fn photometry(&self, ctx: &Context<'_>) -> Result<Option<u64>> {
        read!(ctx, photometry::Entity, |rows| rows.count(&Filter::default()).await).map(Some)
    }

    /// Sources that were ever measured; by their statistics where these are not older than a day.
    async fn sources(&self, ctx: &Context<'_>) -> Result<Option<u64>> {
        let now = UnixTime::from(self.now);
        read!(ctx, photometry::Entity, |rows| rows.count_sources(now).await).map(Some)
    }

    /// Jobs by group of statuses.
    async fn jobs(&self, ctx: &Context<'_>) -> Result<Option<Vec<JobStatusCount>>> {
        let counts = read!(ctx, job::Entity, |jobs| jobs.counts_by_status(None).await)?;
        Ok(Some(status_counts(counts)))
    }

    /// Jobs asked for in the last 24 hours, by group of statuses.
    async fn jobs_of_last_day(&self, ctx: &Context<'_>) -> Result<Option<Vec<JobStatusCount>>> {
        let since = Some(self.last_day().from());
        let counts = read!(ctx, job::Entity, |jobs| jobs.counts_by_status(since).await)?;
        Ok(Some(status_counts(counts)))
    }

    /// Assessments of images, each image by its newest.
    async fn image_qa(&self, ctx: &Context<'_>) -> Result<Option<QaStats>> {
        let stats = read!(ctx, image_qa::Entity, |qa| qa.stats().await)?;
        Ok(Some(qa_stats(&stats)))
    }

    /// Candidates for extreme scattering events that are to be looked at.
    async fn active_ese_candidates(&self, ctx: &Context<'_>) -> Result<Option<u64>> {
        read!(ctx, ese_candidate::Entity, |rows| rows.count_active().await).map(Some)
    }

    /// The noise of the images of the last 24 hours, Jy/beam; null where there are none.
    async fn noise_jy_of_last_day(&self, ctx: &Context<'_>) -> Result<Option<Distribution>> {
        let range = self.last_day();
        let noise = read!(ctx, image::Entity, |images| images.noise(range).await)?;
        Ok(noise.map(Into::into))
    }

    /// Observation groups of the ingest queue by state, as stored.
    async fn queue(&self, ctx: &Context<'_>) -> Result<Option<Vec<NamedCount>>> {
        let counts = read!(ctx, ingest_group::Entity, |groups| groups.counts_by_state().await)?;
        Ok(Some(named_counts(counts)))
    }

    /// Calibration tables.
    async fn caltables(&self, ctx: &Context<'_>) -> Result<Option<u64>> {
        read!(ctx, caltable::Entity, |rows| rows.count(&Filter::default()).await).map(Some)
    }
}

/// How many rows there are.
#[derive(Debug, SimpleObject)]
pub struct RecentCount {
    /// All of them.
    total: u64,
    /// Those of the last 24 hours.
    last_day: u64,
}

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

fn days(days: Vec<DailyDistribution>) -> Vec<DayDistribution> {
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

/// How much was done in each hour: columns of one length.
#[derive(Debug)]
pub struct Throughput(TimeRange);

/// How much was done in each hour: columns of one length.
#[Object]
impl Throughput {
    /// The hours' starts.
    async fn hour(&self) -> Vec<DateTime<Utc>> {
        self.0.hours().into_iter().filter_map(UnixTime::date_time).collect()
    }

    /// Observation groups that began to arrive.
    async fn groups_received(&self, ctx: &Context<'_>) -> Result<Option<Series<i32>>> {
        let range = self.0;
        let counts = read!(ctx, ingest_group::Entity, |rows| rows.received_by_hour(range).await)?;
        Ok(Some(series(&counts)))
    }

    /// Observation groups that are completed, by when they changed last.
    async fn groups_completed(&self, ctx: &Context<'_>) -> Result<Option<Series<i32>>> {
        let range = self.0;
        let counts = read!(ctx, ingest_group::Entity, |rows| rows.completed_by_hour(range).await)?;
        Ok(Some(series(&counts)))
    }

    /// Measurement sets processed.
    async fn measurement_sets(&self, ctx: &Context<'_>) -> Result<Option<Series<i32>>> {
        let range = self.0;
        let counts = read!(ctx, ms_index::Entity, |rows| rows.processed_by_hour(range).await)?;
        Ok(Some(series(&counts)))
    }

    /// Images made.
    async fn images(&self, ctx: &Context<'_>) -> Result<Option<Series<i32>>> {
        let range = self.0;
        let counts = read!(ctx, image::Entity, |rows| rows.made_by_hour(range).await)?;
        Ok(Some(series(&counts)))
    }

    /// Jobs that ended well.
    async fn jobs_completed(&self, ctx: &Context<'_>) -> Result<Option<Series<i32>>> {
        let (range, status) = (self.0, StatusGroup::Completed);
        let counts = read!(ctx, job::Entity, |rows| rows.ended_by_hour(status, range).await)?;
        Ok(Some(series(&counts)))
    }

    /// Jobs that failed.
    async fn jobs_failed(&self, ctx: &Context<'_>) -> Result<Option<Series<i32>>> {
        let (range, status) = (self.0, StatusGroup::Failed);
        let counts = read!(ctx, job::Entity, |rows| rows.ended_by_hour(status, range).await)?;
        Ok(Some(series(&counts)))
    }
}

fn series(counts: &[u64]) -> Series<i32> {
    Series(counts.iter().map(|count| i32::try_from(*count).unwrap_or(i32::MAX)).collect())
}

/// How good the images of each day are.
#[derive(Debug)]
pub struct ImageQualityByDay(TimeRange);

/// How good the images of each day are. Days without images are left out.
#[Object]
impl ImageQualityByDay {
    /// Noise, Jy/beam, by the day on which the images were made.
    async fn noise_jy(&self, ctx: &Context<'_>) -> Result<Option<Vec<DayDistribution>>> {
        let range = self.0;
        read!(ctx, image::Entity, |images| images.noise_by_day(range).await)
            .map(|values| Some(days(values)))
    }

    /// Dynamic range, by the day on which the images were made.
    async fn dynamic_range(&self, ctx: &Context<'_>) -> Result<Option<Vec<DayDistribution>>> {
        let range = self.0;
        read!(ctx, image::Entity, |images| images.dynamic_range_by_day(range).await)
            .map(|values| Some(days(values)))
    }

    /// Number of sources, by the day on which the images were assessed.
    async fn num_sources(&self, ctx: &Context<'_>) -> Result<Option<Vec<DayDistribution>>> {
        let range = self.0;
        read!(ctx, image_qa::Entity, |qa| qa.detections_by_day(range).await)
            .map(|values| Some(days(values)))
    }
}

/// How complete observation groups are.
#[derive(Debug)]
pub struct GroupCompleteness {
    range: TimeRange,
    by_hour: bool,
}

/// How complete observation groups are. Days without groups are left out.
#[Object]
impl GroupCompleteness {
    /// Of the groups in the index of raw files.
    async fn indexed(&self, ctx: &Context<'_>) -> Result<Option<Vec<Completeness>>> {
        let (range, by_hour) = (self.range, self.by_hour);
        let cells =
            read!(ctx, hdf5_file::Entity, |files| files.completeness(range, by_hour).await)?;
        Ok(Some(cells.into_iter().map(Into::into).collect()))
    }

    /// Of the groups in the ingest queue.
    async fn ingested(&self, ctx: &Context<'_>) -> Result<Option<Vec<Completeness>>> {
        let (range, by_hour) = (self.range, self.by_hour);
        let cells =
            read!(ctx, subband_file::Entity, |files| files.completeness(range, by_hour).await)?;
        Ok(Some(cells.into_iter().map(Into::into).collect()))
    }
}

/// How complete the groups of a day are, or of an hour of it.
#[derive(Debug, SimpleObject)]
pub struct Completeness {
    /// The day of observation, `YYYY-MM-DD`, UTC.
    day: String,
    /// The hour of the day, where hours were asked for.
    hour: Option<u8>,
    /// Groups of 16 subbands.
    complete: u64,
    /// Groups of 12 to 15 subbands, which are still of use.
    incomplete: u64,
    /// Groups of fewer.
    fragments: u64,
    /// Subbands of all of them.
    subbands: u64,
}

impl From<statistics::Completeness> for Completeness {
    fn from(cell: statistics::Completeness) -> Self {
        let statistics::Completeness { day, hour, complete, incomplete, fragments, subbands } =
            cell;
        Self { day, hour, complete, incomplete, fragments, subbands }
    }
}

/// For which times there are active calibration tables of a type.
#[derive(Debug, SimpleObject)]
pub struct CalibrationCoverage {
    /// The type, as stored: `K`, `BP`, `GP` …
    table_type: String,
    /// How many tables there are.
    tables: u64,
    /// Where there is at least one, earliest first; windows that meet are one.
    covered: Vec<MjdWindow>,
    /// Where there is none, earliest first.
    gaps: Vec<MjdWindow>,
    /// The part of the time that is covered, 0 to 1.
    fraction: f64,
    /// Whether a table is valid now.
    is_current: bool,
}

/// A span of time.
#[derive(Debug, SimpleObject)]
pub struct MjdWindow {
    /// Its start, MJD.
    start_mjd: f64,
    /// Its end, MJD.
    end_mjd: f64,
}

impl From<statistics::TypeCoverage> for CalibrationCoverage {
    fn from(found: statistics::TypeCoverage) -> Self {
        let windows = |windows: Vec<statistics::Window>| {
            let window = |window: statistics::Window| MjdWindow {
                start_mjd: window.start_mjd,
                end_mjd: window.end_mjd,
            };
            windows.into_iter().map(window).collect()
        };
        Self {
            table_type: found.table_type.as_str().to_owned(),
            tables: found.tables,
            covered: windows(found.covered),
            gaps: windows(found.gaps),
            fraction: found.fraction,
            is_current: found.is_current,
        }
    }
}
