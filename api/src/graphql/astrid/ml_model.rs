//! Models.

use super::{AstridAuditRecord, AstridModelRun};

table! { AstridModel shows astrid::ml_model;
    /// Its runs.
    many model_runs: AstridModelRun, Id => ModelId;
    /// What was changed of it, by whom.
    many audit_records: AstridAuditRecord, Id => EntityId where EntityType = "model";
}
