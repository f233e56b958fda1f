//! What a worker that has nothing to do waits for.

use almanac_entity::astrid::{ProcessingJobStatus, processing_job};
use processing_job::Column;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, prelude::DateTimeUtc,
};

use super::{JobPolicy, JobType, states::is};
use crate::{Repository, Result};

/// The jobs of some kinds that wait or run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// How many wait.
    pub pending: i64,
    /// When the first of those can be claimed.
    pub next_at: Option<DateTimeUtc>,
    /// When one of those was changed last.
    pub changed_at: Option<DateTimeUtc>,
    /// How many run, whoever holds them.
    pub running: i64,
}

impl<C: ConnectionTrait> Repository<'_, C, processing_job::Entity> {
    /// The jobs of these kinds that wait or run. Two statements.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn waiting(&self, types: &[JobType]) -> Result<Waiting> {
        let words = || types.iter().map(|job_type| job_type.as_str());
        let of = |status| {
            processing_job::Entity::find()
                .select_only()
                .column_as(Column::Id.count(), "count")
                .filter(is(status))
                .filter(Column::JobType.is_in(words()))
        };
        let pending = of(ProcessingJobStatus::Pending)
            .column_as(Column::ScheduledAt.min(), "next_at")
            .column_as(Column::UpdatedAt.max(), "changed_at");
        let (pending, next_at, changed_at) =
            pending.into_tuple().one(self.connection).await?.unwrap_or_default();
        let running = of(ProcessingJobStatus::Running).into_tuple::<i64>();
        let running = running.one(self.connection).await?.unwrap_or_default();
        Ok(Waiting { pending, next_at, changed_at, running })
    }

    /// How jobs of a kind are run, as the settings have it.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn policy(&self, job_type: JobType) -> Result<JobPolicy> {
        JobPolicy::read(self.connection, job_type).await
    }
}
