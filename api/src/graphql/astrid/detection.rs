//! Detections.

use almanac_entity::{master_sources::source, products::ese_candidate};

use super::{
    AstridAlert, AstridAuditRecord, AstridCandidate, AstridModelRun, AstridObservation,
    AstridProcessingJob, AstridValidationEvent,
    consensus::{AstridConsensus, consensus_on},
};
use crate::graphql::{
    context::Context,
    error::Result,
    nearby::{Nearby, nearby},
};

table! { AstridDetection shows astrid::detection;
    /// The run that made it.
    one model_run: AstridModelRun, ModelRunId => Id;
    /// The observation it lies in.
    one observation: AstridObservation, ObservationId => Id;
    /// The candidate it came of.
    one candidate: AstridCandidate, CandidateId => Id;
    /// What people say of it.
    many validation_events: AstridValidationEvent, Id => DetectionId;
    /// Alerts about it.
    many alerts: AstridAlert, Id => DetectionId;
    /// Jobs that work on it.
    many processing_jobs: AstridProcessingJob, Id => EntityId where EntityType = "detection";
    /// What was changed of it, by whom.
    many audit_records: AstridAuditRecord, Id => EntityId where EntityType = "detection";
    through Ra, Dec;

    /// What the votes on it come to.
    async fn consensus(&self, ctx: &Context<'_>) -> Result<Option<AstridConsensus>> {
        consensus_on(self, ctx).await
    }

    /// Radio sources around it, by the cross-match of NVSS, VLASS and FIRST; nearest first.
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

    /// Candidate extreme scattering events of sources around it, nearest first.
    async fn nearby_ese_candidates(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            default = 5.0,
            desc = "How far around it, arcseconds, above 0 and at most 3,600."
        )]
        radius_arcsec: f64,
        #[graphql(default = 10, desc = "How many, at most 100.")] limit: i32,
    ) -> Result<Option<Vec<Nearby<ese_candidate::Entity>>>> {
        nearby(self, ctx, radius_arcsec, limit).await
    }
}
