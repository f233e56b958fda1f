//! What a dashboard counts.

use almanac_entity::{
    UnixTime,
    cal_registry::caltable,
    ingest::ingest_group,
    products::{ese_candidate, image, image_qa, job, ms_index, photometry},
};
use almanac_service::{Filter, statistics::TimeRange};
use async_graphql::{Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::Distribution;
use crate::graphql::{
    context::{Context, ContextExt},
    error::Result,
    products::{Image, JobStatusCount, NamedCount, QaStats, named_counts, qa_stats, status_counts},
    read::shown,
};

/// How long an answer may be kept, seconds.
const KEPT_SEC: i32 = 30;

/// What a dashboard counts.
#[derive(Debug)]
pub struct DashboardStats {
    now: DateTime<Utc>,
}

impl DashboardStats {
    /// What a dashboard counts at this moment.
    pub(super) const fn at(now: DateTime<Utc>) -> Self {
        Self { now }
    }

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
