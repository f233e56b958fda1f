//! What the votes of reviewers come to.

mod rules;

use std::collections::BTreeMap;

use almanac_entity::astrid::{ConfidenceLevel, DetectionStatus, validation_event};
use sea_orm::prelude::Decimal;

pub use rules::{ConsensusRules, VoteWeights};

use crate::decimal;

/// Digits of a share behind the point.
const DIGITS: u32 = 4;

/// What counts of a vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ballot<'v> {
    /// Whether the reviewer takes the detection for real.
    pub is_valid: bool,
    /// What the reviewer takes it for.
    pub label: Option<&'v str>,
    /// How sure the reviewer is.
    pub confidence_level: Option<ConfidenceLevel>,
}

impl<'v> From<&'v validation_event::Model> for Ballot<'v> {
    fn from(event: &'v validation_event::Model) -> Self {
        Self {
            is_valid: event.is_valid,
            label: event.label.as_deref(),
            confidence_level: event.confidence_level,
        }
    }
}

/// What the votes on a detection come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consensus {
    /// What becomes of the detection: pending without a vote, validating while too few voted or they are of two
    /// minds, validated or rejected.
    pub status: DetectionStatus,
    /// How many voted.
    pub votes: usize,
    /// The share of the valid votes in the weight of all, from 0 to 1 with 4 decimals; none where nothing has weight.
    pub valid_share: Option<Decimal>,
    /// How far the deciding votes agree, from 0 to 1 with 4 decimals; none where nothing is decided.
    pub confidence: Option<Decimal>,
    /// The label with the largest weight among the deciding votes, the first by name of several; none where they
    /// have none, and where nothing is decided.
    pub label: Option<String>,
}

impl Consensus {
    /// Whether the reviewers accepted the detection.
    pub fn is_validated(&self) -> bool {
        self.status == DetectionStatus::Validated
    }
}

/// Works out what votes come to. Their order does not matter.
pub fn consensus<'v>(
    ballots: impl IntoIterator<Item = Ballot<'v>>,
    rules: &ConsensusRules,
) -> Consensus {
    let ballots: Vec<(Ballot<'_>, Decimal)> = ballots
        .into_iter()
        .map(|ballot| (ballot, rules.weights.of(ballot.confidence_level)))
        .collect();
    let weight = |is_valid: bool| -> Decimal {
        let of_side = ballots.iter().filter(|(ballot, _)| ballot.is_valid == is_valid);
        of_side.map(|(_, weight)| weight).sum()
    };
    let (valid, invalid) = (weight(true), weight(false));
    let total = valid + invalid;
    let share =
        |part: Decimal| part.checked_div(total).map(|share| decimal::rounded(share, DIGITS));
    let undecided = Consensus {
        status: DetectionStatus::Validating,
        votes: ballots.len(),
        valid_share: share(valid),
        confidence: None,
        label: None,
    };
    if ballots.is_empty() {
        return Consensus { status: DetectionStatus::Pending, ..undecided };
    }
    if ballots.len() < rules.min_validators || total.is_zero() {
        return undecided;
    }
    // Not the rounded share, which may lie on the other side of the threshold.
    let decided = |status, is_valid, part| Consensus {
        status,
        confidence: share(part),
        label: label_of(&ballots, is_valid),
        ..undecided.clone()
    };
    if valid >= rules.accept_share * total {
        decided(DetectionStatus::Validated, true, valid)
    } else if valid <= (Decimal::ONE - rules.accept_share) * total {
        decided(DetectionStatus::Rejected, false, invalid)
    } else {
        undecided
    }
}

/// The label with the largest weight on one side.
fn label_of(ballots: &[(Ballot<'_>, Decimal)], is_valid: bool) -> Option<String> {
    let mut weights: BTreeMap<&str, Decimal> = BTreeMap::new();
    for (ballot, weight) in ballots.iter().filter(|(ballot, _)| ballot.is_valid == is_valid) {
        if let Some(label) = ballot.label {
            *weights.entry(label).or_default() += *weight;
        }
    }
    // The last of equal ones is the largest to `max_by`, so the names run backwards.
    let largest = weights.into_iter().rev().max_by(|(_, a), (_, b)| a.cmp(b));
    largest.map(|(label, _)| label.to_owned())
}

#[cfg(test)]
mod tests;
