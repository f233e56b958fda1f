//! Runs that subtract a reference.

use super::{AstridAuditRecord, AstridCandidate, AstridObservation, AstridProcessingJob};

table! { AstridDifferenceRun shows astrid::difference_run;
    /// The observation.
    one observation: AstridObservation, ObservationId => Id;
    /// The observation that was subtracted.
    one reference_observation: AstridObservation, ReferenceObservationId => Id;
    /// Candidates found in the difference.
    many candidates: AstridCandidate, Id => DifferenceRunId;
    /// Jobs that work on it.
    many processing_jobs: AstridProcessingJob, Id => EntityId where EntityType = "difference_run";
    /// What was changed of it, by whom.
    many audit_records: AstridAuditRecord, Id => EntityId where EntityType = "difference_run";
}
