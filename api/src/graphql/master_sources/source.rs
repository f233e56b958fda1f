//! Sources of the catalogue.

use almanac_entity::astrid::detection;

use super::StableId;
use crate::graphql::{
    context::Context,
    error::Result,
    nearby::{Nearby, nearby},
    products::{
        Alert, EseCandidate, MonitoringSource, Photometry, TransientCandidate, VariabilityStats,
    },
};

table! { Source shows master_sources::source;
    /// Its forced photometry.
    many photometry: Photometry, SourceId => SourceId;
    /// How it varies.
    one variability_stats: VariabilityStats, SourceId => SourceId;
    /// Its candidate extreme scattering events.
    many ese_candidates: EseCandidate, SourceId => SourceId;
    /// Transient candidates identified with it.
    many transient_candidates: TransientCandidate, SourceId => SourceId;
    /// It among the sources watched for variability.
    one monitoring_source: MonitoringSource, SourceId => SourceId;
    /// Alerts that were sent about it.
    many alerts: Alert, SourceId => SourceId;
    /// It on the list of sources that keep their place among the references.
    one stable_id: StableId, SourceId => SourceId;
    through RaDeg, DecDeg;

    /// AstrID's detections around it, nearest first.
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
}
