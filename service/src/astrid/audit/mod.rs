//! What the audit log tells.

mod filter;
mod fold;
mod present;

use almanac_entity::{Table, astrid::audit_record};
use audit_record::Column::{CreatedAt, EntityId, EntityType, Id};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    prelude::{DateTimeUtc, Uuid},
};
use serde_json::{Map, Value as Json};

pub use filter::AuditFilter;
pub use fold::PastRow;

use super::stored;
use crate::{Order, Repository, Result, Row, record};

impl<C: ConnectionTrait> Repository<'_, C, audit_record::Entity> {
    /// The records wanted, latest first.
    ///
    /// # Errors
    /// A lower bound lies above its upper one, or the engine fails.
    pub async fn list_by(
        &self,
        filter: &AuditFilter,
        limit: u64,
        offset: u64,
    ) -> Result<Vec<audit_record::Model>> {
        let order = [Order::desc(CreatedAt), Order::desc(Id)];
        self.slice(&filter.to_filter()?, &order, limit, offset).await
    }

    /// All records about a row, from the first. `entity_type` is its table in the singular.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn for_entity(
        &self,
        entity_type: &str,
        id: Uuid,
    ) -> Result<Vec<audit_record::Model>> {
        let select =
            audit_record::Entity::find().filter(EntityType.eq(entity_type)).filter(EntityId.eq(id));
        let mut records = select.all(self.connection).await?;
        records.sort_by_key(|record| (record.created_at, record.id));
        Ok(records)
    }

    /// What a row held at an instant, as the log has it: all that was done by then is done, and nothing later.
    ///
    /// Where the log has the making of the row, its changes are added up from there. Where it has not, since the row
    /// is older than the log or was made among many, the later changes are undone, from the row's deletion or from
    /// the row as it is. That does not tell what the row held before it was changed among many: the log has only how
    /// many these were. [`PastRow::Unknown`] says so.
    ///
    /// # Errors
    /// No table is called so in the singular, or the engine fails.
    pub async fn reconstruct(
        &self,
        entity_type: &str,
        id: Uuid,
        at: DateTimeUtc,
    ) -> Result<PastRow> {
        let present = present::present(self.connection, entity_type, id).await?;
        let trail = self.for_entity(entity_type, id).await?;
        Ok(fold::fold(entity_type, trail, present, stored(at)))
    }
}

/// A row as the audit log writes it: decimals as text with all digits, instants in UTC with microseconds.
pub fn audit_values<E: Table>(row: &E::Model) -> Map<String, Json> {
    record::audit_cells(&Row::<E>::of_model(row))
}
