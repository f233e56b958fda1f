//! Observations.

use super::{
    AstridAuditRecord, AstridCandidate, AstridDetection, AstridDifferenceRun, AstridModelRun,
    AstridPreprocessRun, AstridProcessingJob, AstridSurvey,
};

table! { AstridObservation shows astrid::observation;
    /// The survey it belongs to.
    one survey: AstridSurvey, SurveyId => Id;
    /// Runs that calibrated and aligned it.
    many preprocess_runs: AstridPreprocessRun, Id => ObservationId;
    /// Runs that subtracted a reference from it.
    many difference_runs: AstridDifferenceRun, Id => ObservationId;
    /// Runs that took it for their reference.
    many reference_for_runs: AstridDifferenceRun, Id => ReferenceObservationId;
    /// Candidates found in it.
    many candidates: AstridCandidate, Id => ObservationId;
    /// Runs of models on it.
    many model_runs: AstridModelRun, Id => ObservationId;
    /// Detections in it.
    many detections: AstridDetection, Id => ObservationId;
    /// Jobs that work on it.
    many processing_jobs: AstridProcessingJob, Id => EntityId where EntityType = "observation";
    /// What was changed of it, by whom.
    many audit_records: AstridAuditRecord, Id => EntityId where EntityType = "observation";
}
