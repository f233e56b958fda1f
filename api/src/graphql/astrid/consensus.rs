//! What the votes on detections come to.

use std::sync::Arc;

use almanac_entity::astrid::{DetectionStatus, detection, validation_event};
use almanac_service::{Key, Repository, astrid::Consensus};
use async_graphql::SimpleObject;

use super::{AstridDetection, statistics::float};
use crate::graphql::{
    WordOf,
    context::{Context, ContextExt},
    error::Result,
};

/// What the votes on a detection come to.
#[derive(Debug, SimpleObject)]
pub struct AstridConsensus {
    /// What becomes of the detection: pending without a vote, validating while too few voted or they are of two
    /// minds, validated or rejected.
    status: WordOf<DetectionStatus>,
    /// How many voted.
    votes: u64,
    /// The share of the valid votes in the weight of all, from 0 to 1; null where nothing has weight.
    valid_share: Option<f64>,
    /// How far the deciding votes agree, from 0 to 1; null where nothing is decided.
    confidence: Option<f64>,
    /// The label with the largest weight among the deciding votes; null where they have none, and where nothing is
    /// decided.
    label: Option<String>,
}

impl From<&Consensus> for AstridConsensus {
    fn from(consensus: &Consensus) -> Self {
        Self {
            status: WordOf::new(consensus.status.as_str()),
            votes: u64::try_from(consensus.votes).unwrap_or(u64::MAX),
            valid_share: consensus.valid_share.map(float),
            confidence: consensus.confidence.map(float),
            label: consensus.label.clone(),
        }
    }
}

/// What the votes on a detection come to, which is worked out for all of its siblings at once.
pub(super) async fn consensus_on(
    detection: &AstridDetection,
    ctx: &Context<'_>,
) -> Result<Option<AstridConsensus>> {
    let read = Box::pin(async {
        let reader = ctx.reader_of::<validation_event::Entity>().await?;
        let votes = Repository::<_, validation_event::Entity>::new(&reader);
        votes.consensus_on(&detection.siblings().ids(detection::Column::Id)).await.map(Arc::new)
    });
    let agreed = detection.siblings().once("consensus".to_owned(), read).await?;
    match detection.row().key(detection::Column::Id) {
        Some(Key::Uuid(id)) => Ok(agreed.get(&id).map(Into::into)),
        _ => Ok(None),
    }
}
