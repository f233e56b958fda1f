//! Settings.

use super::AstridAuditRecord;

table! { AstridSystemConfig shows astrid::system_config;
    /// What was changed of it, by whom.
    many audit_records: AstridAuditRecord, Id => EntityId where EntityType = "system_config";
}
