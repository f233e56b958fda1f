//! Mosaics.

use super::{Image, MosaicGroup, Photometry, TransientCandidate, TransientMeasurement};

table! { Mosaic shows products::mosaic;
    /// The group of measurement sets it was made of.
    many mosaic_groups: MosaicGroup, Path => MosaicPath;
    /// It among the images, where it is one of them.
    one image: Image, Path => Path;
    /// Forced photometry on it.
    many photometry: Photometry, Path => MosaicPath;
    /// Transient candidates found on it.
    many transient_candidates: TransientCandidate, Id => MosaicId;
    /// Measurements of transient candidates on it.
    many transient_measurements: TransientMeasurement, Id => MosaicId;

    /// Suspicions that stand on a calibration that touched it; none where nothing speaks against it.
    async fn suspect(
        &self,
        ctx: &async_graphql::Context<'_>,
    ) -> async_graphql::Result<Option<Vec<crate::graphql::calibration::StandingSuspicion>>> {
        crate::graphql::calibration::suspect(self, ctx).await
    }
}
