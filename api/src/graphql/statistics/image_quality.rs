//! How good the images of each day are.

use almanac_entity::products::{image, image_qa};
use almanac_service::statistics::TimeRange;
use async_graphql::Object;

use super::{DayDistribution, distribution::days};
use crate::graphql::{
    context::{Context, ContextExt},
    error::Result,
};

/// How good the images of each day are.
#[derive(Debug)]
pub struct ImageQualityByDay(TimeRange);

impl ImageQualityByDay {
    /// Over this time.
    pub(super) const fn over(range: TimeRange) -> Self {
        Self(range)
    }
}

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
