//! Detections: anomalies that a model found, and what people make of them.

mod filter;
mod promote;
mod states;

pub use filter::DetectionFilter;
pub use promote::{Score, detection_type};
pub use states::DETECTION_STATES;

pub(super) use promote::{Promoted, Thresholds, promote};

use DetectionStatus::{Archived, Confirmed, Pending, Rejected, Validating};
use almanac_entity::astrid::{DetectionStatus, detection};
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ConnectionTrait,
    prelude::{DateTimeUtc, Uuid},
};

use super::{Near, near::cone_search, no_such, stored};
use crate::{Error, Order, Repository, Result, Writable, record::Act};

impl<C: ConnectionTrait> Repository<'_, C, detection::Entity> {
    /// The detections wanted, newest first.
    ///
    /// # Errors
    /// A bound is no finite number, a lower one lies above its upper one, or the engine fails.
    pub async fn list_by(
        &self,
        filter: &DetectionFilter,
        limit: u64,
        offset: u64,
    ) -> Result<Vec<detection::Model>> {
        let newest = Order::desc(detection::Column::CreatedAt);
        self.slice(&filter.to_filter()?, &[newest], limit, offset).await
    }

    /// The detections within `radius` of a direction, degrees, nearest first. The radius is above 0 and at most
    /// 10.
    ///
    /// # Errors
    /// `ra`, `dec` or `radius` is out of range, a bound of the filter is, or the engine fails.
    pub async fn cone_search(
        &self,
        ra: f64,
        dec: f64,
        radius: f64,
        filter: &DetectionFilter,
        limit: usize,
    ) -> Result<Vec<Near<detection::Model>>> {
        let filter = filter.to_filter()?;
        cone_search(self.connection, (ra, dec, radius), &filter, limit).await
    }
}

impl<C: Writable> Repository<'_, C, detection::Entity> {
    /// Lets reviewers vote on a detection that nobody looked at yet.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::InvalidTransition`] where it is not `pending`; or the engine fails.
    pub async fn open_review(&self, id: Uuid, now: DateTimeUtc) -> Result<detection::Model> {
        self.step(id, Some(Pending), Validating, Act::of_rows("status"), now).await
    }

    /// Rejects a detection that nobody looked at yet, such as an artifact.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::InvalidTransition`] where it is not `pending`; no reason is given; or the
    /// engine fails.
    pub async fn reject(
        &self,
        id: Uuid,
        reason: &str,
        now: DateTimeUtc,
    ) -> Result<detection::Model> {
        let act = Act::of_rows("status").because(Some(given(reason)?));
        self.step(id, Some(Pending), Rejected, act, now).await
    }

    /// Confirms a detection that reviewers accepted.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::InvalidTransition`] where it is not `validated`; no reason is given; or the
    /// engine fails.
    pub async fn confirm(
        &self,
        id: Uuid,
        reason: &str,
        now: DateTimeUtc,
    ) -> Result<detection::Model> {
        let act = Act::of_rows("confirm").because(Some(given(reason)?));
        self.step(id, None, Confirmed, act, now).await
    }

    /// Puts a detection away. Whether reviewers accepted it stays known.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::InvalidTransition`] where it is put away already; or the engine fails.
    pub async fn archive(
        &self,
        id: Uuid,
        reason: Option<&str>,
        now: DateTimeUtc,
    ) -> Result<detection::Model> {
        let act = Act::of_rows("archive").because(reason.map(str::to_owned));
        self.step(id, None, Archived, act, now).await
    }

    /// Brings a detection to another state, from `from` alone where that is given.
    async fn step(
        &self,
        id: Uuid,
        from: Option<DetectionStatus>,
        to: DetectionStatus,
        act: Act,
        now: DateTimeUtc,
    ) -> Result<detection::Model> {
        let detection = self.lock(id).await?.ok_or_else(|| no_such::<detection::Entity>(id))?;
        DETECTION_STATES.step(id, &detection.status, &to)?;
        if let Some(from) = from.filter(|from| *from != detection.status) {
            let message = format!("detection {id} is {}, not {from}", detection.status);
            return Err(Error::InvalidTransition(message));
        }
        self.on::<detection::Entity>()
            .acting(act)
            .update(detection::ActiveModel {
                id: Unchanged(id),
                status: Set(to),
                updated_at: Set(stored(now)),
                ..Default::default()
            })
            .await
    }
}

fn given(reason: &str) -> Result<String> {
    if reason.trim().is_empty() {
        return Err(Error::breaks("required", "reason", "it is missing"));
    }
    Ok(reason.to_owned())
}
