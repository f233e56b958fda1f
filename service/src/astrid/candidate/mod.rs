//! Candidates: sources found in difference images, inserted and changed in bulk.

mod duplicates;
mod filter;
mod insert;
mod new;
mod purge;

pub use filter::CandidateFilter;
pub use insert::InsertedCandidates;
pub use new::NewCandidate;

pub(super) use duplicates::RADIUS_PX;
pub(super) use new::position;

use CandidateStatus::{Detected, Duplicate, Pending, Processing, Rejected};
use almanac_entity::astrid::{CandidateStatus, candidate};
use candidate::Column::{Id, Significance, Status, UpdatedAt};
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ConnectionTrait,
    prelude::{DateTimeUtc, Uuid},
    sea_query::{Expr, SimpleExpr},
};

use super::{Near, near::cone_search, no_such, stored};
use crate::{Filter, Order, Repository, Result, StateMachine, Writable, record::Act};

/// Candidates that are changed or looked for by their keys at once.
pub(super) const KEYS: usize = 500;

/// The states of a candidate.
pub const CANDIDATE_STATES: StateMachine<CandidateStatus> = StateMachine {
    what: "candidate",
    moves: &[
        (Pending, &[Processing, Rejected, Duplicate]),
        (Processing, &[Detected, Rejected, Duplicate, Pending]),
        (Rejected, &[Pending]),
        (Detected, &[]),
        (Duplicate, &[]),
    ],
};

impl<C: ConnectionTrait> Repository<'_, C, candidate::Entity> {
    /// The candidates wanted, most significant first.
    ///
    /// # Errors
    /// A bound is no finite number, a lower one lies above its upper one, or the engine fails.
    pub async fn list_by(
        &self,
        filter: &CandidateFilter,
        limit: u64,
        offset: u64,
    ) -> Result<Vec<candidate::Model>> {
        self.slice(&filter.to_filter()?, &[Order::desc(Significance)], limit, offset).await
    }

    /// The candidates within `radius` of a direction, degrees, nearest first. The radius is above 0 and at
    /// most 10.
    ///
    /// # Errors
    /// `ra`, `dec` or `radius` is out of range, a bound of the filter is, or the engine fails.
    pub async fn cone_search(
        &self,
        ra: f64,
        dec: f64,
        radius: f64,
        filter: &CandidateFilter,
        limit: usize,
    ) -> Result<Vec<Near<candidate::Model>>> {
        let filter = filter.to_filter()?;
        cone_search(self.connection, (ra, dec, radius), &filter, limit).await
    }
}

impl<C: Writable> Repository<'_, C, candidate::Entity> {
    /// Brings a candidate to another state. `reason` goes into the audit log.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound);
    /// [`Error::InvalidTransition`](crate::Error::InvalidTransition); or the engine fails.
    pub async fn set_status(
        &self,
        id: Uuid,
        to: CandidateStatus,
        reason: Option<&str>,
        now: DateTimeUtc,
    ) -> Result<candidate::Model> {
        let candidate = self.lock(id).await?.ok_or_else(|| no_such::<candidate::Entity>(id))?;
        CANDIDATE_STATES.step(id, &candidate.status, &to)?;
        let act = Act::of_rows("status").because(reason.map(str::to_owned));
        self.on::<candidate::Entity>()
            .acting(act)
            .update(candidate::ActiveModel {
                id: Unchanged(id),
                status: Set(to),
                updated_at: Set(stored(now)),
                ..Default::default()
            })
            .await
    }

    /// Brings the candidates of a difference run that are in the state `from`, or those of `ids` among them, to
    /// another, by one statement for each 500 of `ids`. Returns how many.
    pub(super) async fn move_many(
        &self,
        run: Uuid,
        (from, to): (CandidateStatus, CandidateStatus),
        ids: Option<&[Uuid]>,
        now: DateTimeUtc,
    ) -> Result<u64> {
        let movable = Filter::All(vec![
            Filter::eq(candidate::Column::DifferenceRunId, run),
            Filter::eq(Status, from),
        ]);
        let act = Act::of_batches("bulk_status", "difference_run", run);
        let candidates = self.on::<candidate::Entity>().acting(act);
        let set: [(_, SimpleExpr); 2] =
            [(Status, Expr::val(to)), (UpdatedAt, Expr::val(stored(now)))];
        let Some(ids) = ids else { return candidates.update_where(&movable, set).await };
        let mut moved = 0;
        for ids in ids.chunks(KEYS) {
            let ids = Filter::In(Id, ids.iter().map(|id| (*id).into()).collect());
            moved += candidates.update_where(&movable.clone().and(ids), set.clone()).await?;
        }
        Ok(moved)
    }
}
