//! Transient candidates.

use super::{
    Image, MeasurementSet, MonitoringSource, Mosaic, TransientAlert, TransientMeasurement,
    VariabilityStats,
};
use crate::graphql::master_sources::Source;

table! { TransientCandidate shows products::transient_candidate;
    /// Its alerts.
    many alerts: TransientAlert, Id => CandidateId;
    /// Its light curve: its measurements.
    many measurements: TransientMeasurement, Id => CandidateId;
    /// The mosaic it was found on.
    one mosaic: Mosaic, MosaicId => Id;
    /// The image it was found on.
    one image: Image, ImagePath => Path;
    /// The measurement set it was found in.
    one measurement_set: MeasurementSet, MsPath => Path;
    /// The catalogue source it was identified with.
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
