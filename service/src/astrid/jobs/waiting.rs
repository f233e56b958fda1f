//! What a worker that has nothing to do waits for.

use almanac_entity::astrid::{ProcessingJobStatus, processing_job};
use processing_job::Column;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait,
    prelude::DateTimeUtc,
    sea_query::{Expr, ExprTrait, Func},
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
    /// The jobs of these kinds that wait or run, at one moment.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn waiting(&self, types: &[JobType]) -> Result<Waiting> {
        let (pending, running) =
            (|| is(ProcessingJobStatus::Pending), || is(ProcessingJobStatus::Running));
        let of_pending = |column: Column| Expr::case(pending(), column.into_expr());
        let count = |condition| Func::count(Expr::case(condition, Column::Id.into_expr()));
        let select = processing_job::Entity::find()
            .select_only()
            .expr(count(pending()))
            .expr(Func::min(of_pending(Column::ScheduledAt)))
            .expr(Func::max(of_pending(Column::UpdatedAt)))
            .expr(count(running()))
            .filter(pending().or(running()))
            .filter(Column::JobType.is_in(types.iter().map(|job_type| job_type.as_str())));
        let Some(row) = self.connection.query_one(select.as_query()).await? else {
            return Ok(Waiting::default());
        };
        Ok(Waiting {
            pending: row.try_get_by_index(0)?,
            next_at: row.try_get_by_index(1)?,
            changed_at: row.try_get_by_index(2)?,
            running: row.try_get_by_index(3)?,
        })
    }

    /// How jobs of a kind are run, as the settings have it.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn policy(&self, job_type: JobType) -> Result<JobPolicy> {
        JobPolicy::read(self.connection, job_type).await
    }
}
