//! The states of a job, and what it is while a worker holds it.

use almanac_entity::astrid::{ProcessingJobStatus, processing_job};
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    prelude::{DateTimeUtc, Uuid},
    sea_query::{Expr, ExprTrait, SimpleExpr},
};

use crate::{
    Error, Repository, Result, StateMachine, Transaction,
    astrid::{no_such, stored},
};

use ProcessingJobStatus::{Cancelled, Completed, Failed, Pending, Running};

/// The states of a processing job.
pub const JOB_STATES: StateMachine<ProcessingJobStatus> = StateMachine {
    what: "processing job",
    moves: &[
        (Pending, &[Running, Cancelled]),
        (Running, &[Completed, Failed, Pending, Cancelled]),
        (Failed, &[Pending]),
        (Completed, &[]),
        (Cancelled, &[]),
    ],
};

/// Jobs in a state. The word stands in the statement itself: a partial index serves no bound value.
pub(super) fn is(status: ProcessingJobStatus) -> SimpleExpr {
    let column = Expr::col((processing_job::Entity, processing_job::Column::Status));
    column.eq(Expr::cust(format!("'{status}'")))
}

/// The change that brings a job to a state in which nobody holds it.
pub(super) fn given_up(
    job: &processing_job::Model,
    status: ProcessingJobStatus,
    now: DateTimeUtc,
) -> processing_job::ActiveModel {
    let now = stored(now);
    let mut row = processing_job::ActiveModel {
        id: Unchanged(job.id),
        status: Set(status),
        claim_token: Set(None),
        lease_expires_at: Set(None),
        updated_at: Set(now),
        ..Default::default()
    };
    if matches!(status, Completed | Failed | Cancelled) {
        // Workers' clocks differ.
        row.completed_at = Set(Some(job.started_at.map_or(now, |started| Ord::max(started, now))));
    }
    row
}

impl Repository<'_, Transaction, processing_job::Entity> {
    /// A job, locked.
    pub(super) async fn locked(&self, id: Uuid) -> Result<processing_job::Model> {
        self.lock(id).await?.ok_or_else(|| no_such::<processing_job::Entity>(id))
    }

    /// A job that is held by this token, locked.
    pub(super) async fn held(&self, id: Uuid, token: Uuid) -> Result<processing_job::Model> {
        let is_held =
            |job: &processing_job::Model| job.status == Running && job.claim_token == Some(token);
        self.lock(id).await?.filter(is_held).ok_or(Error::LeaseLost { job: id })
    }
}
