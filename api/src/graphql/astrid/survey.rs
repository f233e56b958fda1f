//! Surveys.

use super::{AstridAuditRecord, AstridObservation, AstridProcessingJob};

table! { AstridSurvey shows astrid::survey;
    /// Its observations.
    many observations: AstridObservation, Id => SurveyId;
    /// Jobs that work on it.
    many processing_jobs: AstridProcessingJob, Id => EntityId where EntityType = "survey";
    /// What was changed of it, by whom.
    many audit_records: AstridAuditRecord, Id => EntityId where EntityType = "survey";
}
