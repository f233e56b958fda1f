//! Votes on AstrID's detections.

use almanac_entity::astrid::{ConfidenceLevel, QualityLevel, validation_event};
use almanac_service::{Result, Work, astrid::Vote};
use async_graphql::{ID, InputObject, SimpleObject};

use super::AstridValidationEvent;
use crate::graphql::{
    Word,
    error::coded,
    mutation::{audit_record_ids, uuid},
};

/// What a reviewer says of a detection.
#[derive(Debug, InputObject)]
pub struct AstridVoteInput {
    /// Whether they take it for real.
    is_valid: bool,
    /// What they take it for: `supernova`, `variable`, `transient` or `unknown` where it is real, `artifact` or
    /// `false_positive` where not.
    label: Option<String>,
    /// How sure they are, by which their vote weighs.
    confidence_level: Option<Word<ConfidenceLevel>>,
    /// What they remark.
    notes: Option<String>,
    /// Tags.
    tags: Option<Vec<String>>,
    /// Quality of the image.
    image_quality: Option<Word<QualityLevel>>,
    /// Quality of the detection.
    detection_quality: Option<Word<QualityLevel>>,
}

impl From<AstridVoteInput> for Vote {
    fn from(input: AstridVoteInput) -> Self {
        Self {
            is_valid: input.is_valid,
            label: input.label,
            confidence_level: input.confidence_level.map(|level| level.0),
            notes: input.notes,
            tags: input.tags,
            image_quality: input.image_quality.map(|quality| quality.0),
            detection_quality: input.detection_quality.map(|quality| quality.0),
        }
    }
}

/// A vote on a detection. Who asks is the reviewer.
#[derive(Debug, InputObject)]
pub struct RecordAstridValidationInput {
    /// The detection: its `rowId`.
    detection_id: ID,
    /// What the reviewer says.
    vote: AstridVoteInput,
}

/// The same vote on many detections.
#[derive(Debug, InputObject)]
pub struct RecordAstridValidationsInput {
    /// The detections: their `rowId`s, at most 50.
    detection_ids: Vec<ID>,
    /// What the reviewer says of each.
    vote: AstridVoteInput,
}

/// A vote that says something else now. Only who gave it may revise it.
#[derive(Debug, InputObject)]
pub struct ReviseAstridValidationInput {
    /// The vote: its `rowId`.
    validation_event_id: ID,
    /// What the reviewer says now.
    vote: AstridVoteInput,
}

/// A vote to be taken back: one's own, or anybody's by an admin.
#[derive(Debug, InputObject)]
pub struct WithdrawAstridValidationInput {
    /// The vote: its `rowId`.
    validation_event_id: ID,
}

/// A vote that was given, revised or withdrawn.
#[derive(Debug, SimpleObject)]
pub struct AstridValidationPayload {
    /// The vote; one that was withdrawn as it was. Its detection shows what the votes agree on.
    validation_event: AstridValidationEvent,
    /// The lines of the audit log that say so, and what became of the detection: their `rowId`s.
    audit_record_ids: Vec<ID>,
}

/// What came of a vote among many.
#[derive(Debug, SimpleObject)]
pub struct AstridValidationOutcome {
    /// The detection: its `rowId`.
    detection_id: ID,
    /// The vote; null where it was not taken.
    validation_event: Option<AstridValidationEvent>,
    /// Why it was not taken.
    error: Option<String>,
    /// The code of that, such as `ALREADY_EXISTS`.
    code: Option<String>,
}

/// What came of many votes.
#[derive(Debug, SimpleObject)]
pub struct AstridValidationsPayload {
    /// What came of each, in the order that they were asked for.
    outcomes: Vec<AstridValidationOutcome>,
    /// The lines of the audit log about those that were taken: their `rowId`s.
    audit_record_ids: Vec<ID>,
}

fn changed(work: &Work, event: &validation_event::Model) -> AstridValidationPayload {
    AstridValidationPayload {
        validation_event: AstridValidationEvent::of(event),
        audit_record_ids: audit_record_ids(work),
    }
}

/// What came of one vote, with its refusal as errors of the graph tell of them.
fn outcome(id: ID, voted: Result<validation_event::Model>) -> AstridValidationOutcome {
    match voted {
        Ok(event) => AstridValidationOutcome {
            detection_id: id,
            validation_event: Some(AstridValidationEvent::of(&event)),
            error: None,
            code: None,
        },
        Err(error) => {
            let (code, message) = coded(&error);
            AstridValidationOutcome {
                detection_id: id,
                validation_event: None,
                error: Some(message),
                code: Some(code.to_owned()),
            }
        }
    }
}

mutations! {
    /// Votes on AstrID's detections.
    AstridValidationMutations {
        /// Votes on a detection, which becomes what the votes agree on.
        RecordAstridValidation: record_astrid_validation(input: RecordAstridValidationInput, work)
            -> AstridValidationPayload
        {
            let id = uuid(&input.detection_id, "detectionId")?;
            let votes = work.table::<validation_event::Entity>().await?;
            let event = votes.record(id, &input.vote.into(), work.instant()?).await?;
            Ok(changed(work, &event))
        }

        /// Votes alike on many detections. One that takes no vote keeps none from the others.
        RecordAstridValidations: record_astrid_validations(input: RecordAstridValidationsInput, work)
            -> AstridValidationsPayload
        {
            let ids = input.detection_ids.iter().map(|id| uuid(id, "detectionIds"));
            let ids: Vec<_> = ids.collect::<Result<_>>()?;
            let votes = work.record_validations(&ids, &input.vote.into(), work.instant()?).await?;
            let outcomes = votes.into_iter().map(|(id, voted)| outcome(id.into(), voted));
            Ok(AstridValidationsPayload {
                outcomes: outcomes.collect(),
                audit_record_ids: audit_record_ids(work),
            })
        }

        /// Revises one's own vote; the detection follows.
        ReviseAstridValidation: revise_astrid_validation(input: ReviseAstridValidationInput, work)
            -> AstridValidationPayload
        {
            let id = uuid(&input.validation_event_id, "validationEventId")?;
            let votes = work.table::<validation_event::Entity>().await?;
            let event = votes.revise(id, &input.vote.into(), work.instant()?).await?;
            Ok(changed(work, &event))
        }

        /// Takes a vote back; the detection follows.
        WithdrawAstridValidation: withdraw_astrid_validation(input: WithdrawAstridValidationInput, work)
            -> AstridValidationPayload
        {
            let id = uuid(&input.validation_event_id, "validationEventId")?;
            let votes = work.table::<validation_event::Entity>().await?;
            let event = votes.withdraw(id, work.instant()?).await?;
            Ok(changed(work, &event))
        }
    }
}
