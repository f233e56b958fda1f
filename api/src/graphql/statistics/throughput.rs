//! How much was done in each hour.

use almanac_entity::{
    UnixTime,
    ingest::ingest_group,
    products::{image, job, ms_index},
};
use almanac_service::{products::StatusGroup, statistics::TimeRange};
use async_graphql::Object;
use chrono::{DateTime, Utc};

use crate::graphql::{
    context::{Context, ContextExt},
    error::Result,
    series::Series,
};

/// How much was done in each hour: columns of one length.
#[derive(Debug)]
pub struct Throughput(TimeRange);

impl Throughput {
    /// Over this time.
    pub(super) const fn over(range: TimeRange) -> Self {
        Self(range)
    }
}

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
