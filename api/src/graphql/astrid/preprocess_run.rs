//! Runs that calibrate and align observations.

use super::{AstridAuditRecord, AstridObservation, AstridProcessingJob};

table! { AstridPreprocessRun shows astrid::preprocess_run;
    /// The observation.
    one observation: AstridObservation, ObservationId => Id;
    /// Jobs that work on it.
    many processing_jobs: AstridProcessingJob, Id => EntityId where EntityType = "preprocess_run";
    /// What was changed of it, by whom.
    many audit_records: AstridAuditRecord, Id => EntityId where EntityType = "preprocess_run";
}
