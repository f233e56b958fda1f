//! Changes to AstrID's candidates.

use almanac_entity::astrid::{CandidateStatus, candidate};
use async_graphql::{ID, InputObject, SimpleObject};
use chrono::{DateTime, Utc};

use super::AstridCandidate;
use crate::graphql::{
    BigInt, Word,
    mutation::{audit_record_ids, uuid},
};

/// A candidate to be brought to another status.
#[derive(Debug, InputObject)]
pub struct SetAstridCandidateStatusInput {
    /// The candidate: its `rowId`.
    candidate_id: ID,
    /// Its status from now on.
    status: Word<CandidateStatus>,
    /// Why; it goes into the audit log.
    reason: Option<String>,
}

/// Candidates that came to nothing, and are to be removed.
#[derive(Debug, InputObject)]
pub struct PurgeAstridCandidatesInput {
    /// Those that were made before this.
    before: DateTime<Utc>,
    /// Those in one of these states, of which there are two: rejected and duplicate.
    statuses: Vec<Word<CandidateStatus>>,
    /// The most that are removed, the oldest first.
    #[graphql(default = 10_000)]
    limit: u32,
}

/// A candidate that was changed.
#[derive(Debug, SimpleObject)]
pub struct AstridCandidatePayload {
    /// The candidate.
    candidate: AstridCandidate,
    /// The lines of the audit log that say so: their `rowId`s.
    audit_record_ids: Vec<ID>,
}

/// Candidates that were removed.
#[derive(Debug, SimpleObject)]
pub struct PurgeAstridCandidatesPayload {
    /// How many there were.
    purged: BigInt,
    /// The lines of the audit log that say so, one for each batch: their `rowId`s.
    audit_record_ids: Vec<ID>,
}

mutations! {
    /// Changes to AstrID's candidates.
    AstridCandidateMutations {
        /// Brings a candidate to another status.
        SetAstridCandidateStatus: set_astrid_candidate_status(input: SetAstridCandidateStatusInput, work)
            -> AstridCandidatePayload
        {
            let id = uuid(&input.candidate_id, "candidateId")?;
            let reason = input.reason.as_deref();
            let candidates = work.table::<candidate::Entity>().await?;
            let candidate =
                candidates.set_status(id, input.status.0, reason, work.instant()?).await?;
            Ok(AstridCandidatePayload {
                candidate: AstridCandidate::of(&candidate),
                audit_record_ids: audit_record_ids(work),
            })
        }

        /// Removes candidates that came to nothing: rejected or duplicate ones that never became a
        /// detection.
        PurgeAstridCandidates: purge_astrid_candidates(input: PurgeAstridCandidatesInput, work)
            -> PurgeAstridCandidatesPayload
        {
            let statuses: Vec<_> = input.statuses.into_iter().map(|status| status.0).collect();
            let candidates = work.table::<candidate::Entity>().await?;
            let purged = candidates.purge(input.before, &statuses, input.limit.into()).await?;
            Ok(PurgeAstridCandidatesPayload {
                purged: BigInt(i64::try_from(purged).unwrap_or(i64::MAX)),
                audit_record_ids: audit_record_ids(work),
            })
        }
    }
}
