//! A detection follows its votes.

use DetectionStatus::{Pending, Validating};
use almanac_entity::astrid::{DetectionStatus, detection, validation_event};
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ColumnTrait, EntityTrait, QueryFilter,
    prelude::{DateTimeUtc, Uuid},
};

use crate::{
    Repository, Result, Writable,
    astrid::{
        consensus::{Ballot, Consensus, ConsensusRules, consensus},
        detection::DETECTION_STATES,
        no_such,
    },
    record::Act,
};

impl<C: Writable> Repository<'_, C, validation_event::Entity> {
    /// A detection that still takes votes, locked.
    pub(super) async fn lock_detection(&self, id: Uuid) -> Result<detection::Model> {
        let detection = self.on::<detection::Entity>().lock(id).await?;
        let detection = detection.ok_or_else(|| no_such::<detection::Entity>(id))?;
        DETECTION_STATES.step(id, &detection.status, &Validating)?;
        Ok(detection)
    }

    /// Brings a detection, which is locked, to what its votes come to. Where that is what it is, nothing is written.
    pub(super) async fn settle(
        &self,
        detection: &detection::Model,
        now: DateTimeUtc,
    ) -> Result<()> {
        let votes = validation_event::Entity::find()
            .filter(validation_event::Column::DetectionId.eq(detection.id))
            .all(self.connection)
            .await?;
        let rules = ConsensusRules::read(self.connection).await?;
        let agreed = consensus(votes.iter().map(Ballot::from), &rules);
        let status = state_after(detection, &agreed)?;
        let same = detection.status == status
            && detection.is_validated == agreed.is_validated()
            && detection.validation_confidence == agreed.confidence
            && detection.human_label == agreed.label;
        if same {
            return Ok(());
        }
        let act = Act::of_rows("status").because(Some(told(&agreed)));
        let is_validated = agreed.is_validated();
        self.on::<detection::Entity>()
            .acting(act)
            .update(detection::ActiveModel {
                id: Unchanged(detection.id),
                status: Set(status),
                is_validated: Set(is_validated),
                validation_confidence: Set(agreed.confidence),
                human_label: Set(agreed.label),
                updated_at: Set(now),
                ..Default::default()
            })
            .await?;
        Ok(())
    }
}

/// The state that votes bring a detection to. One that lost all its votes is still being reviewed.
fn state_after(detection: &detection::Model, agreed: &Consensus) -> Result<DetectionStatus> {
    let to = if agreed.status == Pending { Validating } else { agreed.status };
    // The first vote opens the review, even where it suffices to close it.
    let from = if detection.status == Pending { Validating } else { detection.status };
    if from != to {
        DETECTION_STATES.step(detection.id, &from, &to)?;
    }
    Ok(to)
}

fn told(agreed: &Consensus) -> String {
    let votes =
        if agreed.votes == 1 { "1 vote".to_owned() } else { format!("{} votes", agreed.votes) };
    match agreed.valid_share {
        Some(share) => format!("{votes}, {share} of their weight for it"),
        None => votes,
    }
}
