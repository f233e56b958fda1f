//! The same vote on many detections.

use almanac_entity::astrid::validation_event;
use sea_orm::prelude::{DateTimeUtc, Uuid};

use super::Vote;
use crate::{Budget, Error, Result, Work};

/// Detections that may be voted on at once.
const MOST: usize = 50;
/// Statements of one vote. Each has a budget of its own, since all together need more than a request has.
const STATEMENTS: u64 = 50;

impl Work {
    /// Votes on at most 50 detections, on each in a part of its own: one that takes no vote keeps none from the
    /// others. What came of each is told in the order of `ids`. The work must not have begun to change AstrID's
    /// database itself, since its parts would wait for it.
    ///
    /// # Errors
    /// There are more than 50, or the label is unknown or contradicts the vote.
    pub async fn record_validations(
        &self,
        ids: &[Uuid],
        vote: &Vote,
        now: DateTimeUtc,
    ) -> Result<Vec<(Uuid, Result<validation_event::Model>)>> {
        vote.check()?;
        if ids.len() > MOST {
            let message = format!("{} are more than {MOST}", ids.len());
            return Err(Error::breaks("range", "ids", message));
        }
        let mut outcomes = Vec::with_capacity(ids.len());
        for id in ids {
            let recording = Box::pin(self.record_one(*id, vote, now));
            outcomes.push((*id, Budget::new(STATEMENTS).scope(recording).await));
        }
        Ok(outcomes)
    }

    async fn record_one(
        &self,
        id: Uuid,
        vote: &Vote,
        now: DateTimeUtc,
    ) -> Result<validation_event::Model> {
        let part = self.part();
        let recorded = match part.table::<validation_event::Entity>().await {
            Ok(votes) => votes.record(id, vote, now).await,
            Err(error) => Err(error),
        };
        match recorded {
            Ok(event) => part.commit().await.map(|()| event),
            Err(error) => {
                part.undo().await;
                Err(error)
            }
        }
    }
}
