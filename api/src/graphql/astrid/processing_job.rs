//! Jobs.

use almanac_entity::astrid::processing_job;

use super::{AstridAuditRecord, entity::named_by_type};
use crate::graphql::{Node, context::Context, error::Result};

table! { AstridProcessingJob shows astrid::processing_job;
    /// What was changed of it, by whom.
    many audit_records: AstridAuditRecord, Id => EntityId where EntityType = "processing_job";
    through EntityType, EntityId;

    /// The row it works on; null where it is gone.
    async fn entity(&self, ctx: &Context<'_>) -> Result<Option<Node>> {
        let entity_type = self.row().text(processing_job::Column::EntityType).unwrap_or_default();
        Box::pin(named_by_type(self, ctx, entity_type, processing_job::Column::EntityId)).await
    }
}
