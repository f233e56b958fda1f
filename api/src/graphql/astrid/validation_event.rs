//! Judgements of detections.

use super::{AstridAuditRecord, AstridDetection};

table! { AstridValidationEvent shows astrid::validation_event;
    /// The detection that was judged.
    one detection: AstridDetection, DetectionId => Id;
    /// What was changed of it, by whom.
    many audit_records: AstridAuditRecord, Id => EntityId where EntityType = "validation_event";
}
