//! Detections.

use super::{
    AstridAlert, AstridAuditRecord, AstridCandidate, AstridModelRun, AstridObservation,
    AstridProcessingJob, AstridValidationEvent,
    consensus::{AstridConsensus, consensus_on},
};
use crate::graphql::{
    context::Context, error::Result, master_sources::Source, products::EseCandidate,
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
    /// Radio sources around it, by the cross-match of NVSS, VLASS and FIRST; nearest first.
    near nearby_sources: Source;
    /// Candidate extreme scattering events of sources around it, nearest first.
    near nearby_ese_candidates: EseCandidate;
    through Ra, Dec;

    /// What the votes on it come to.
    async fn consensus(&self, ctx: &Context<'_>) -> Result<Option<AstridConsensus>> {
        consensus_on(self, ctx).await
    }
}
