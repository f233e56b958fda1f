//! How sources vary.

use super::{Alert, EseCandidate, MonitoringSource, Photometry, TransientCandidate};
use crate::graphql::master_sources::Source;

table! { VariabilityStats shows products::variability_stat;
    /// The source in the catalogue.
    one source: Source, SourceId => SourceId;
    /// Its forced photometry.
    many photometry: Photometry, SourceId => SourceId;
    /// Its candidate extreme scattering events.
    many ese_candidates: EseCandidate, SourceId => SourceId;
    /// Transient candidates identified with it.
    many transient_candidates: TransientCandidate, SourceId => SourceId;
    /// It among the sources watched for variability.
    one monitoring_source: MonitoringSource, SourceId => SourceId;
    /// Alerts that were sent about it.
    many alerts: Alert, SourceId => SourceId;

    /// Suspicions that stand on a calibration that touched it; none where nothing speaks against it.
    async fn suspect(
        &self,
        ctx: &async_graphql::Context<'_>,
    ) -> async_graphql::Result<Option<Vec<crate::graphql::calibration::StandingSuspicion>>> {
        crate::graphql::calibration::suspect(self, ctx).await
    }
}
