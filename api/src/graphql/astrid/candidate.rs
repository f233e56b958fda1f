//! Candidates.

use super::{AstridAuditRecord, AstridDetection, AstridDifferenceRun, AstridObservation};

table! { AstridCandidate shows astrid::candidate;
    /// The run that found it.
    one difference_run: AstridDifferenceRun, DifferenceRunId => Id;
    /// The observation it was found in.
    one observation: AstridObservation, ObservationId => Id;
    /// Detections that came of it.
    many detections: AstridDetection, Id => CandidateId;
    /// What was changed of it, by whom.
    many audit_records: AstridAuditRecord, Id => EntityId where EntityType = "candidate";
}
