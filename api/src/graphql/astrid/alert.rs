//! Alerts.

use super::{AstridAuditRecord, AstridDetection, AstridProcessingJob};

table! { AstridAlert shows astrid::alert;
    /// The detection it is about.
    one detection: AstridDetection, DetectionId => Id;
    /// Jobs that work on it.
    many processing_jobs: AstridProcessingJob, Id => EntityId where EntityType = "alert";
    /// What was changed of it, by whom.
    many audit_records: AstridAuditRecord, Id => EntityId where EntityType = "alert";
}
