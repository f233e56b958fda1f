//! What was changed, and by whom.

use almanac_entity::astrid::audit_record;

use super::entity::named_by_type;
use crate::graphql::{Node, context::Context, error::Result};

table! { AstridAuditRecord shows astrid::audit_record;
    through EntityType, EntityId;

    /// The row that was changed; null where it is gone.
    async fn entity(&self, ctx: &Context<'_>) -> Result<Option<Node>> {
        let entity_type = self.row().text(audit_record::Column::EntityType).unwrap_or_default();
        Box::pin(named_by_type(self, ctx, entity_type, audit_record::Column::EntityId)).await
    }
}
