//! Which records are wanted.

use almanac_entity::astrid::audit_record;
use audit_record::Column::{Action, CreatedAt, EntityId, EntityType, UserId};
use sea_orm::prelude::{DateTimeUtc, Uuid};

use crate::{Comparison, Error, Filter, Result, astrid::stored};

/// Which records of the audit log are wanted; what is not given is not looked at. Bounds belong to their range.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Those about rows of this table, in the singular.
    pub entity_type: Option<String>,
    /// Those about this row.
    pub entity_id: Option<Uuid>,
    /// Those of this action, such as `observation.status`.
    pub action: Option<String>,
    /// Those of what this actor did.
    pub actor: Option<String>,
    /// Earliest instant.
    pub from: Option<DateTimeUtc>,
    /// Latest instant.
    pub to: Option<DateTimeUtc>,
}

impl AuditFilter {
    /// The filter on the table.
    ///
    /// # Errors
    /// `from` lies after `to`.
    pub fn to_filter(&self) -> Result<Filter<audit_record::Entity>> {
        if let (Some(from), Some(to)) = (self.from, self.to)
            && from > to
        {
            return Err(Error::breaks("range", "from", "it lies after `to`"));
        }
        let mut all = Vec::new();
        all.extend(self.entity_type.as_deref().map(|entity| Filter::eq(EntityType, entity)));
        all.extend(self.entity_id.map(|id| Filter::eq(EntityId, id)));
        all.extend(self.action.as_deref().map(|action| Filter::eq(Action, action)));
        all.extend(self.actor.as_deref().map(|actor| Filter::eq(UserId, actor)));
        for (comparison, bound) in [(Comparison::Gte, self.from), (Comparison::Lte, self.to)] {
            let time = bound.map(|time| stored(time).into());
            all.extend(time.map(|time| Filter::Compare(CreatedAt, comparison, time)));
        }
        Ok(Filter::All(all))
    }
}
