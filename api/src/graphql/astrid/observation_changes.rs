//! Changes to AstrID's observations.

use almanac_entity::astrid::observation;
use almanac_service::{
    Error, Work,
    astrid::{BatchError, OnDuplicate, ingest_batch},
};
use async_graphql::{Enum, ID, InputObject, SimpleObject};

use super::{
    AstridObservation,
    observation_input::{AstridObservationInput, AstridObservationPatchInput},
};
use crate::graphql::{
    BigInt,
    error::coded,
    mutation::{audit_record_ids, uuid},
};

/// Observations of one batch at the most.
const MOST: usize = 2_000;

/// What happens at an observation that is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
#[graphql(remote = "OnDuplicate")]
pub enum AstridOnDuplicate {
    /// It is passed over and counted; so is one that cannot be ingested.
    #[default]
    Skip,
    /// It ends the batch, and so does one that cannot be ingested; its chunk of 500 is undone.
    Fail,
}

/// An observation to be ingested.
#[derive(Debug, InputObject)]
pub struct IngestAstridObservationInput {
    /// The observation.
    observation: AstridObservationInput,
}

/// Observations to be ingested.
#[derive(Debug, InputObject)]
pub struct IngestAstridObservationsInput {
    /// The observations, 1 to 2000.
    observations: Vec<AstridObservationInput>,
    /// What happens at one that is there already.
    #[graphql(default)]
    on_duplicate: AstridOnDuplicate,
}

/// An observation to be changed.
#[derive(Debug, InputObject)]
pub struct UpdateAstridObservationInput {
    /// The observation: its `rowId`.
    observation_id: ID,
    /// What is to change of it.
    patch: AstridObservationPatchInput,
}

/// A failed observation that is to go through the pipeline once more.
#[derive(Debug, InputObject)]
pub struct RetryAstridObservationInput {
    /// The observation: its `rowId`.
    observation_id: ID,
}

/// An observation to be put away.
#[derive(Debug, InputObject)]
pub struct ArchiveAstridObservationInput {
    /// The observation: its `rowId`.
    observation_id: ID,
    /// Why; it goes into the audit log.
    reason: Option<String>,
}

/// An observation to be removed with all that came of it.
#[derive(Debug, InputObject)]
pub struct PurgeAstridObservationInput {
    /// The observation: its `rowId`.
    observation_id: ID,
}

/// An observation that was changed.
#[derive(Debug, SimpleObject)]
pub struct AstridObservationPayload {
    /// The observation; one that was removed as it was.
    observation: AstridObservation,
    /// The lines of the audit log that say so, and what else changed with it: their `rowId`s.
    audit_record_ids: Vec<ID>,
}

/// What was wrong with an observation of a batch.
#[derive(Debug, SimpleObject)]
pub struct AstridBatchError {
    /// Its place in the batch, from 0.
    index: BigInt,
    /// The rule that was broken, in a word such as `range`.
    rule: String,
    /// What was wrong.
    message: String,
}

impl From<BatchError> for AstridBatchError {
    fn from(error: BatchError) -> Self {
        Self {
            index: BigInt(i64::try_from(error.index).unwrap_or(i64::MAX)),
            rule: error.rule().to_owned(),
            message: coded(&error.error).1,
        }
    }
}

/// What became of a batch.
#[derive(Debug, SimpleObject)]
pub struct IngestAstridObservationsPayload {
    /// Observations ingested.
    inserted: BigInt,
    /// Observations that were there already.
    duplicates: BigInt,
    /// Observations that cannot be ingested.
    rejected: BigInt,
    /// What was wrong with the first hundred that cannot be ingested, and the problem that ended the batch.
    errors: Vec<AstridBatchError>,
    /// Whether the batch ended before its end; the chunks of 500 before stay ingested.
    stopped: bool,
    /// The lines of the audit log about what was ingested: their `rowId`s.
    audit_record_ids: Vec<ID>,
}

fn changed(work: &Work, observation: &observation::Model) -> AstridObservationPayload {
    AstridObservationPayload {
        observation: AstridObservation::of(observation),
        audit_record_ids: audit_record_ids(work),
    }
}

fn big(count: u64) -> BigInt {
    BigInt(i64::try_from(count).unwrap_or(i64::MAX))
}

mutations! {
    /// Changes to AstrID's observations.
    AstridObservationMutations {
        /// Ingests an observation, and asks for it to be preprocessed unless the configuration of its survey
        /// is against that.
        IngestAstridObservation: ingest_astrid_observation(input: IngestAstridObservationInput, work)
            -> AstridObservationPayload
        {
            let new = input.observation.complete()?;
            let observations = work.table::<observation::Entity>().await?;
            let observation = observations.ingest(&new, work.instant()?).await?;
            Ok(changed(work, &observation))
        }

        /// Ingests observations, 500 of them at a time: what was ingested of a batch that ends early stays.
        IngestAstridObservations: ingest_astrid_observations(input: IngestAstridObservationsInput, work)
            -> IngestAstridObservationsPayload
        {
            if !(1..=MOST).contains(&input.observations.len()) {
                let message = format!("{} are not 1 to {MOST}", input.observations.len());
                return Err(Error::invalid("observations", message));
            }
            let new = input.observations.into_iter().map(AstridObservationInput::complete);
            let on_duplicate = input.on_duplicate.into();
            let done = ingest_batch(work, new, on_duplicate, work.instant()?).await?;
            Ok(IngestAstridObservationsPayload {
                inserted: big(done.inserted),
                duplicates: big(done.duplicates),
                rejected: big(done.rejected),
                errors: done.errors.into_iter().map(AstridBatchError::from).collect(),
                stopped: done.stopped,
                audit_record_ids: audit_record_ids(work),
            })
        }

        /// Changes what is known of an exposure. Which one it is stays, and so does its status.
        UpdateAstridObservation: update_astrid_observation(input: UpdateAstridObservationInput, work)
            -> AstridObservationPayload
        {
            let id = uuid(&input.observation_id, "observationId")?;
            let observations = work.table::<observation::Entity>().await?;
            let observation = observations.patch(id, input.patch.into(), work.instant()?).await?;
            Ok(changed(work, &observation))
        }

        /// Lets an observation that failed go through the pipeline once more.
        RetryAstridObservation: retry_astrid_observation(input: RetryAstridObservationInput, work)
            -> AstridObservationPayload
        {
            let id = uuid(&input.observation_id, "observationId")?;
            let observations = work.table::<observation::Entity>().await?;
            let observation = observations.retry(id, work.instant()?).await?;
            Ok(changed(work, &observation))
        }

        /// Puts an observation away that no stage is at work on.
        ArchiveAstridObservation: archive_astrid_observation(input: ArchiveAstridObservationInput, work)
            -> AstridObservationPayload
        {
            let id = uuid(&input.observation_id, "observationId")?;
            let reason = input.reason.as_deref();
            let observations = work.table::<observation::Entity>().await?;
            let observation = observations.archive(id, reason, work.instant()?).await?;
            Ok(changed(work, &observation))
        }

        /// Removes an observation that is archived or failed, with its runs, candidates, detections, votes
        /// and alerts.
        PurgeAstridObservation: purge_astrid_observation(input: PurgeAstridObservationInput, work)
            -> AstridObservationPayload
        {
            let id = uuid(&input.observation_id, "observationId")?;
            let observations = work.table::<observation::Entity>().await?;
            let observation = observations.get(id).await?;
            observations.purge(id).await?;
            Ok(changed(work, &observation))
        }
    }
}
