//! Candidate extreme scattering events.

use super::{MonitoringSource, Photometry, VariabilityStats};
use crate::graphql::{astrid::AstridDetection, master_sources::Source};

table! { EseCandidate shows products::ese_candidate;
    /// How its source varies.
    one statistics: VariabilityStats, SourceId => SourceId;
    /// The source in the catalogue.
    one source: Source, SourceId => SourceId;
    /// Forced photometry of its source.
    many photometry: Photometry, SourceId => SourceId;
    /// Its source among those watched.
    one monitoring_source: MonitoringSource, SourceId => SourceId;
    /// AstrID's detections around its source, nearest first; null where nothing says where that lies.
    near nearby_detections: AstridDetection;
    /// Radio sources around its source, by the cross-match of NVSS, VLASS and FIRST, itself among them;
    /// nearest first, and null where nothing says where it lies.
    near nearby_sources: Source;

    /// Suspicions that stand on a calibration that touched it; none where nothing speaks against it.
    async fn suspect(
        &self,
        ctx: &async_graphql::Context<'_>,
    ) -> async_graphql::Result<Option<Vec<crate::graphql::calibration::StandingSuspicion>>> {
        crate::graphql::calibration::suspect(self, ctx).await
    }
}
