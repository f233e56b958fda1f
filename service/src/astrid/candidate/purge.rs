//! Removing candidates that came to nothing.

use CandidateStatus::{Duplicate, Rejected};
use almanac_entity::astrid::{CandidateStatus, candidate, detection};
use candidate::Column::{CreatedAt, DifferenceRunId, Id, Status};
use sea_orm::{
    ColumnTrait, EntityName, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    prelude::{DateTimeUtc, Uuid},
    sea_query::Query,
};

use crate::{Comparison, Error, Filter, Repository, Result, Writable, astrid::stored, record::Act};

/// Candidates of one statement.
const BATCH: usize = 1000;

impl<C: Writable> Repository<'_, C, candidate::Entity> {
    /// Deletes candidates made before an instant that are in one of `statuses`, of which there are two that may be
    /// given, and were never promoted to a detection: the oldest first, at most `limit`, at most 1000 of one run by
    /// a statement. Returns how many.
    ///
    /// # Errors
    /// A state is neither `rejected` nor `duplicate`, or the engine fails.
    pub async fn purge(
        &self,
        before: DateTimeUtc,
        statuses: &[CandidateStatus],
        limit: u64,
    ) -> Result<u64> {
        if let Some(other) = statuses.iter().find(|status| !matches!(status, Rejected | Duplicate))
        {
            let message =
                format!("{other} candidates are not purged, rejected and duplicate ones are");
            return Err(Error::breaks("unknown", "statuses", message));
        }
        let promoted = Query::select()
            .column(detection::Column::CandidateId)
            .from(detection::Entity.table_ref())
            .and_where(detection::Column::CandidateId.is_not_null())
            .to_owned();
        let statuses = statuses.iter().map(|status| (*status).into()).collect();
        let purgeable = Filter::<candidate::Entity>::All(vec![
            Filter::In(Status, statuses),
            Filter::Compare(CreatedAt, Comparison::Lt, stored(before).into()),
            Filter::Not(Box::new(Filter::Among(Id, Box::new(promoted)))),
        ]);
        let mut purged = 0;
        let mut left = limit;
        while left > 0 {
            let mut select = candidate::Entity::find()
                .select_only()
                .columns([DifferenceRunId, Id])
                .filter(purgeable.condition())
                .order_by_asc(CreatedAt)
                .order_by_asc(DifferenceRunId)
                .order_by_asc(Id);
            let at_once = left.min(BATCH as u64);
            QueryTrait::query(&mut select).limit(at_once);
            let oldest: Vec<(Uuid, Uuid)> = select.into_tuple().all(self.connection).await?;
            for of_run in oldest.chunk_by(|(run, _), (other, _)| run == other) {
                let ids = Filter::In(Id, of_run.iter().map(|(_, id)| (*id).into()).collect());
                let act = Act::of_batches("purge", "difference_run", of_run[0].0);
                let candidates = self.on::<candidate::Entity>().acting(act);
                purged += candidates.delete_where(&purgeable.clone().and(ids)).await?;
            }
            left -= at_once;
            if (oldest.len() as u64) < at_once {
                break;
            }
        }
        Ok(purged)
    }
}
