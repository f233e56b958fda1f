//! What people decide of AstrID's detections.

use almanac_entity::astrid::detection;
use almanac_service::Work;
use async_graphql::{ID, InputObject, SimpleObject};

use super::AstridDetection;
use crate::graphql::mutation::{audit_record_ids, uuid};

/// A detection that nobody voted on, and that is none.
#[derive(Debug, InputObject)]
pub struct RejectAstridDetectionInput {
    /// The detection: its `rowId`.
    detection_id: ID,
    /// Why; it goes into the audit log.
    reason: String,
}

/// A validated detection to be confirmed.
#[derive(Debug, InputObject)]
pub struct ConfirmAstridDetectionInput {
    /// The detection: its `rowId`.
    detection_id: ID,
    /// Why; it goes into the audit log.
    reason: String,
}

/// A detection to be put away.
#[derive(Debug, InputObject)]
pub struct ArchiveAstridDetectionInput {
    /// The detection: its `rowId`.
    detection_id: ID,
    /// Why; it goes into the audit log.
    reason: Option<String>,
}

/// A detection that was changed.
#[derive(Debug, SimpleObject)]
pub struct AstridDetectionPayload {
    /// The detection.
    detection: AstridDetection,
    /// The lines of the audit log that say so: their `rowId`s.
    audit_record_ids: Vec<ID>,
}

fn changed(work: &Work, detection: &detection::Model) -> AstridDetectionPayload {
    AstridDetectionPayload {
        detection: AstridDetection::of(detection),
        audit_record_ids: audit_record_ids(work),
    }
}

mutations! {
    /// What people decide of AstrID's detections.
    AstridDetectionMutations {
        /// Rejects a detection that nobody voted on yet, such as an artifact.
        RejectAstridDetection: reject_astrid_detection(input: RejectAstridDetectionInput, work)
            -> AstridDetectionPayload
        {
            let id = uuid(&input.detection_id, "detectionId")?;
            let detections = work.table::<detection::Entity>().await?;
            let detection = detections.reject(id, &input.reason, work.instant()?).await?;
            Ok(changed(work, &detection))
        }

        /// Confirms a detection that reviewers validated.
        ConfirmAstridDetection: confirm_astrid_detection(input: ConfirmAstridDetectionInput, work)
            -> AstridDetectionPayload
        {
            let id = uuid(&input.detection_id, "detectionId")?;
            let detections = work.table::<detection::Entity>().await?;
            let detection = detections.confirm(id, &input.reason, work.instant()?).await?;
            Ok(changed(work, &detection))
        }

        /// Puts a detection away, for good.
        ArchiveAstridDetection: archive_astrid_detection(input: ArchiveAstridDetectionInput, work)
            -> AstridDetectionPayload
        {
            let id = uuid(&input.detection_id, "detectionId")?;
            let detections = work.table::<detection::Entity>().await?;
            let detection =
                detections.archive(id, input.reason.as_deref(), work.instant()?).await?;
            Ok(changed(work, &detection))
        }
    }
}
