//! Votes of reviewers on detections. Whoever works is the reviewer; nobody votes for another.

mod filter;
mod many;
mod queue;
mod settle;
mod vote;

use std::collections::HashMap;

use almanac_entity::astrid::{detection, validation_event};
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    prelude::{DateTimeUtc, Uuid},
};
use validation_event::Column::{CreatedAt, DetectionId, ValidatorId};

pub use filter::ValidationFilter;
pub use vote::{VALIDATION_LABELS, Vote};

use super::{
    IN_LIST,
    consensus::{Ballot, Consensus, ConsensusRules, consensus},
    new_id, no_such, stored,
};
use crate::{
    Error, Order, Repository, Result, Writable,
    access::{Principal, Role},
    record::Act,
};

impl<C: ConnectionTrait> Repository<'_, C, validation_event::Entity> {
    /// The votes wanted, latest first.
    ///
    /// # Errors
    /// A lower bound lies above its upper one, or the engine fails.
    pub async fn list_by(
        &self,
        filter: &ValidationFilter,
        limit: u64,
        offset: u64,
    ) -> Result<Vec<validation_event::Model>> {
        self.slice(&filter.to_filter()?, &[Order::desc(CreatedAt)], limit, offset).await
    }

    /// The vote of a reviewer on a detection.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn find_of(
        &self,
        detection_id: Uuid,
        validator_id: &str,
    ) -> Result<Option<validation_event::Model>> {
        let select = validation_event::Entity::find()
            .filter(DetectionId.eq(detection_id))
            .filter(ValidatorId.eq(validator_id));
        Ok(select.one(self.connection).await?)
    }

    /// What the votes on each of some detections come to, by the detections' keys. Two statements for all.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn consensus_on(&self, detection_ids: &[Uuid]) -> Result<HashMap<Uuid, Consensus>> {
        let rules = ConsensusRules::read(self.connection).await?;
        let mut votes: HashMap<Uuid, Vec<validation_event::Model>> =
            detection_ids.iter().map(|id| (*id, Vec::new())).collect();
        for ids in detection_ids.chunks(IN_LIST) {
            let of_these = DetectionId.is_in(ids.iter().copied());
            let events = validation_event::Entity::find().filter(of_these);
            for event in events.all(self.connection).await? {
                votes.entry(event.detection_id).or_default().push(event);
            }
        }
        let agreed =
            |votes: &[validation_event::Model]| consensus(votes.iter().map(Ballot::from), &rules);
        Ok(votes.iter().map(|(detection, votes)| (*detection, agreed(votes))).collect())
    }
}

impl<C: Writable> Repository<'_, C, validation_event::Entity> {
    /// Writes down how whoever works votes on a detection, and lets it follow what all votes come to.
    ///
    /// # Errors
    /// The label is unknown or contradicts the vote; [`Error::NotFound`]; [`Error::AlreadyExists`] where they have
    /// voted already; [`Error::InvalidTransition`] where the detection is confirmed or archived; nobody is known to
    /// work; or the engine fails.
    pub async fn record(
        &self,
        detection_id: Uuid,
        vote: &Vote,
        now: DateTimeUtc,
    ) -> Result<validation_event::Model> {
        vote.check()?;
        let reviewer = self.reviewer()?.name.clone();
        let detection = self.lock_detection(detection_id).await?;
        if let Some(event) = self.find_of(detection_id, &reviewer).await? {
            let what = format!("a vote of {reviewer} on detection {detection_id}");
            return Err(Error::AlreadyExists { what, id: Some(event.id) });
        }
        let now = stored(now);
        let event = self.on::<validation_event::Entity>().acting(Act::of_rows("record"));
        let event = event.insert(validation_event::ActiveModel {
            id: Set(new_id(now)),
            detection_id: Set(detection_id),
            validator_id: Set(reviewer),
            created_at: Set(now),
            ..vote.columns(now)
        });
        let event = event.await?;
        self.settle(&detection, now).await?;
        Ok(event)
    }

    /// Puts another vote in the place of one's own, and lets the detection follow.
    ///
    /// # Errors
    /// As [`record`](Self::record), and [`Error::NotYours`] for the vote of another.
    pub async fn revise(
        &self,
        id: Uuid,
        vote: &Vote,
        now: DateTimeUtc,
    ) -> Result<validation_event::Model> {
        vote.check()?;
        let reviewer = self.reviewer()?;
        let (detection, event) = self.lock_vote(id).await?;
        if event.validator_id != reviewer.name {
            return Err(Error::NotYours { what: format!("the vote {id}") });
        }
        let now = stored(now);
        let event = if vote.is_of(&event) {
            event
        } else {
            let events = self.on::<validation_event::Entity>().acting(Act::of_rows("revise"));
            let changed = validation_event::ActiveModel { id: Unchanged(id), ..vote.columns(now) };
            events.update(changed).await?
        };
        self.settle(&detection, now).await?;
        Ok(event)
    }

    /// Takes a vote back, and lets the detection follow. Returns the vote that was.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Forbidden`] for the vote of another, but to an admin;
    /// [`Error::InvalidTransition`] where the detection is confirmed or archived; nobody is known to work; or the
    /// engine fails.
    pub async fn withdraw(&self, id: Uuid, now: DateTimeUtc) -> Result<validation_event::Model> {
        let reviewer = self.reviewer()?;
        let (detection, event) = self.lock_vote(id).await?;
        if event.validator_id != reviewer.name {
            let what = format!("withdrawing the vote of {}", event.validator_id);
            Principal::check(Some(reviewer), Role::Admin, &what)?;
        }
        let events = self.on::<validation_event::Entity>().acting(Act::of_rows("withdraw"));
        events.delete(id).await?;
        self.settle(&detection, stored(now)).await?;
        Ok(event)
    }

    fn reviewer(&self) -> Result<&Principal> {
        let nobody = || Error::Unauthenticated { what: "voting on a detection".to_owned() };
        self.connection.record().map(|record| &record.principal).ok_or_else(nobody)
    }

    /// A vote, its detection being locked before it.
    async fn lock_vote(&self, id: Uuid) -> Result<(detection::Model, validation_event::Model)> {
        let missing = || no_such::<validation_event::Entity>(id);
        let event = self.find(id).await?.ok_or_else(missing)?;
        let detection = self.lock_detection(event.detection_id).await?;
        // It may have been withdrawn or revised while another held the detection.
        let event = self.lock(id).await?.ok_or_else(missing)?;
        Ok((detection, event))
    }
}
