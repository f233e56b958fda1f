//! Jobs whose workers are not heard of any more.

use almanac_entity::astrid::{ProcessingJobStatus, processing_job};
use processing_job::Column;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    prelude::{DateTimeUtc, Uuid},
    sea_query::{LockBehavior, LockType},
};

use super::{JobFailure, states::is};
use crate::{
    Repository, Result, Transaction,
    astrid::{Effects, stored},
};

impl<C: ConnectionTrait> Repository<'_, C, processing_job::Entity> {
    /// The running jobs whose lease has passed, the longest first.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn expired(&self, now: DateTimeUtc) -> Result<Vec<Uuid>> {
        let ids = expired(now).select_only().column(Column::Id);
        Ok(ids.into_tuple().all(self.connection).await?)
    }
}

impl Repository<'_, Transaction, processing_job::Entity> {
    /// Ends the try at every running job whose lease has passed, as a failure that may be tried again. Jobs that
    /// another process has locked are passed over, so that of several processes that reap each job is retried by one.
    ///
    /// # Errors
    /// A row cannot follow its job, whereupon no job has been touched; or the engine fails.
    pub async fn reap(
        &self,
        effects: &dyn Effects,
        now: DateTimeUtc,
    ) -> Result<Vec<processing_job::Model>> {
        self.reap_those(effects, expired(now), now).await
    }

    /// As [`reap`](Self::reap), of one job; none where its lease has not passed, or another process has locked it.
    ///
    /// # Errors
    /// As [`reap`](Self::reap).
    pub async fn reap_job(
        &self,
        effects: &dyn Effects,
        id: Uuid,
        now: DateTimeUtc,
    ) -> Result<Option<processing_job::Model>> {
        let this = expired(now).filter(Column::Id.eq(id));
        Ok(self.reap_those(effects, this, now).await?.pop())
    }

    async fn reap_those(
        &self,
        effects: &dyn Effects,
        expired: Select<processing_job::Entity>,
        now: DateTimeUtc,
    ) -> Result<Vec<processing_job::Model>> {
        let expired = expired.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
        let failure = JobFailure::lease_expired();
        let mut reaped = Vec::new();
        for job in expired.all(self.connection).await? {
            let verb = Some("lease_expired");
            reaped.push(self.end_try(effects, &job, &failure, verb, now).await?);
        }
        Ok(reaped)
    }
}

fn expired(now: DateTimeUtc) -> Select<processing_job::Entity> {
    processing_job::Entity::find()
        .filter(is(ProcessingJobStatus::Running))
        .filter(Column::LeaseExpiresAt.lt(stored(now)))
        .order_by_asc(Column::LeaseExpiresAt)
        .order_by_asc(Column::Id)
}
