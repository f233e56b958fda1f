//! Forced photometry.

use super::{Image, MonitoringSource, Mosaic, VariabilityStats};
use crate::graphql::master_sources::Source;

table! { Photometry shows products::photometry;
    /// The image it was measured on.
    one image: Image, ImagePath => Path;
    /// The mosaic it was measured on, where it was one.
    one mosaic: Mosaic, MosaicPath => Path;
    /// The catalogue source it was measured for.
    one source: Source, SourceId => SourceId;
    /// How that source varies.
    one variability_stats: VariabilityStats, SourceId => SourceId;
    /// That source among those watched.
    one monitoring_source: MonitoringSource, SourceId => SourceId;

    /// Suspicions that stand on a calibration that touched it; none where nothing speaks against it.
    async fn suspect(
        &self,
        ctx: &async_graphql::Context<'_>,
    ) -> async_graphql::Result<Option<Vec<crate::graphql::calibration::StandingSuspicion>>> {
        crate::graphql::calibration::suspect(self, ctx).await
    }
}
