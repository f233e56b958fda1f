//! Alerts that were sent.

use super::{MonitoringSource, VariabilityStats};
use crate::graphql::master_sources::Source;

table! { Alert shows products::alert;
    /// The catalogue source it is about, where it is about one.
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
