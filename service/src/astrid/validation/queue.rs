//! What is to be reviewed.

use DetectionStatus::{Pending, Validating};
use almanac_entity::astrid::{DetectionStatus, detection, validation_event};
use detection::Column::{ConfidenceScore, Id, Status};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait};

use crate::{Filter, Order, Repository, Result};

impl<C: ConnectionTrait> Repository<'_, C, detection::Entity> {
    /// The undecided detections that a reviewer has not voted on, most confident first.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn review_queue(&self, reviewer: &str, limit: u64) -> Result<Vec<detection::Model>> {
        let voted = validation_event::Entity::find()
            .select_only()
            .column(validation_event::Column::DetectionId)
            .filter(validation_event::Column::ValidatorId.eq(reviewer))
            .into_query();
        let undecided = Filter::In(Status, vec![Pending.into(), Validating.into()]);
        let new = Filter::Not(Box::new(Filter::Among(Id, Box::new(voted))));
        let order = [Order::desc(ConfidenceScore), Order::asc(Id)];
        self.slice(&Filter::All(vec![undecided, new]), &order, limit, 0).await
    }
}
