//! Candidate extreme scattering events.

use almanac_entity::{astrid::detection, master_sources::source};

use super::{MonitoringSource, Photometry, VariabilityStats};
use crate::graphql::{
    context::Context,
    error::Result,
    master_sources::Source,
    nearby::{Nearby, nearby},
};

table! { EseCandidate shows products::ese_candidate;
    /// How its source varies.
    one statistics: VariabilityStats, SourceId => SourceId;
    /// The source in the catalogue.
    one source: Source, SourceId => SourceId;
    /// Forced photometry of its source.
    many photometry: Photometry, SourceId => SourceId;
    /// Its source among those watched.
    one monitoring_source: MonitoringSource, SourceId => SourceId;

    /// Suspicions that stand on a calibration that touched it; none where nothing speaks against it.
    async fn suspect(
        &self,
        ctx: &async_graphql::Context<'_>,
    ) -> async_graphql::Result<Option<Vec<crate::graphql::calibration::StandingSuspicion>>> {
        crate::graphql::calibration::suspect(self, ctx).await
    }

    /// AstrID's detections around its source, nearest first; null where nothing says where that lies.
    async fn nearby_detections(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            default = 5.0,
            desc = "How far around it, arcseconds, above 0 and at most 3,600."
        )]
        radius_arcsec: f64,
        #[graphql(default = 10, desc = "How many, at most 100.")] limit: i32,
    ) -> Result<Option<Vec<Nearby<detection::Entity>>>> {
        nearby(self, ctx, radius_arcsec, limit).await
    }

    /// Radio sources around its source, by the cross-match of NVSS, VLASS and FIRST, itself among them;
    /// nearest first, and null where nothing says where it lies.
    async fn nearby_sources(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            default = 5.0,
            desc = "How far around it, arcseconds, above 0 and at most 3,600."
        )]
        radius_arcsec: f64,
        #[graphql(default = 10, desc = "How many, at most 100.")] limit: i32,
    ) -> Result<Option<Vec<Nearby<source::Entity>>>> {
        nearby(self, ctx, radius_arcsec, limit).await
    }
}
