//! Runs of models.

use super::{
    AstridAuditRecord, AstridDetection, AstridModel, AstridObservation, AstridProcessingJob,
};

table! { AstridModelRun shows astrid::model_run;
    /// The model.
    one model: AstridModel, ModelId => Id;
    /// The observation it ran on.
    one observation: AstridObservation, ObservationId => Id;
    /// Its detections.
    many detections: AstridDetection, Id => ModelRunId;
    /// Jobs that work on it.
    many processing_jobs: AstridProcessingJob, Id => EntityId where EntityType = "model_run";
    /// What was changed of it, by whom.
    many audit_records: AstridAuditRecord, Id => EntityId where EntityType = "model_run";
}
