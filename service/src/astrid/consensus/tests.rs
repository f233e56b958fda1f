//! Worked cases, and what holds of all votes.

use DetectionStatus::{Pending, Rejected, Validated, Validating};
use proptest::{prelude::*, sample::select};
use serde_json::json;

use super::*;

const LABELS: [Option<&str>; 4] = [None, Some("supernova"), Some("variable"), Some("artifact")];
const LEVELS: [Option<ConfidenceLevel>; 5] = [
    None,
    Some(ConfidenceLevel::Low),
    Some(ConfidenceLevel::Medium),
    Some(ConfidenceLevel::High),
    Some(ConfidenceLevel::Expert),
];

fn vote(is_valid: bool, level: usize, label: usize) -> Ballot<'static> {
    Ballot { is_valid, label: LABELS[label], confidence_level: LEVELS[level] }
}

fn of(ballots: &[Ballot<'_>]) -> (DetectionStatus, Option<String>, Option<String>) {
    let agreed = consensus(ballots.iter().copied(), &ConsensusRules::default());
    let confidence = agreed.confidence.map(|mut share| {
        share.rescale(DIGITS);
        share.to_string()
    });
    (agreed.status, confidence, agreed.label)
}

#[test]
fn worked_cases() {
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(of(&[]), (Pending, None, None));
    assert_eq!(of(&[vote(true, 3, 1)]), (Validating, None, None));
    let agreed = (Validated, some("1.0000"), None);
    assert_eq!(of(&[vote(true, 3, 0), vote(true, 2, 0)]), agreed);
    let agreed = (Validated, some("0.8000"), some("supernova"));
    assert_eq!(of(&[vote(true, 4, 1), vote(false, 1, 3)]), agreed);
    assert_eq!(of(&[vote(true, 2, 1), vote(false, 2, 3)]), (Validating, None, None));
    let agreed = (Rejected, some("1.0000"), some("artifact"));
    assert_eq!(of(&[vote(false, 3, 3), vote(false, 0, 0)]), agreed);
    let split = [vote(true, 2, 0), vote(true, 2, 0), vote(false, 2, 0)];
    assert_eq!(of(&split), (Validating, None, None));
    let share = consensus(split, &ConsensusRules::default()).valid_share;
    assert_eq!(share, Some(Decimal::new(6667, 4)));
}

#[test]
fn of_equal_labels_the_first_by_name_is_taken() {
    let votes = [vote(true, 2, 2), vote(true, 2, 1)];
    assert_eq!(of(&votes).2.as_deref(), Some("supernova"));
    let heavier = [vote(true, 3, 2), vote(true, 2, 1)];
    assert_eq!(of(&heavier).2.as_deref(), Some("variable"));
}

#[test]
fn settings_are_heeded_where_they_make_sense() {
    let rules = ConsensusRules::of(&json!({
        "min_validators": 3, "accept_share": 0.6, "weights": { "none": 0, "low": -1, "expert": 3.25 },
    }));
    let usual = ConsensusRules::default();
    assert_eq!((rules.min_validators, rules.accept_share), (3, Decimal::new(6, 1)));
    assert_eq!(rules.weights.none, Decimal::ZERO);
    assert_eq!((rules.weights.low, rules.weights.high), (usual.weights.low, usual.weights.high));
    assert_eq!(rules.weights.expert, Decimal::new(325, 2));
    for odd in [json!(null), json!([]), json!({ "min_validators": 0, "accept_share": 0.5 })] {
        assert_eq!(ConsensusRules::of(&odd), usual, "{odd}");
    }
    // Votes without weight decide nothing.
    let nothing = [vote(true, 0, 1), vote(true, 0, 1), vote(true, 0, 1)];
    let agreed = consensus(nothing, &rules);
    assert_eq!((agreed.status, agreed.valid_share), (Validating, None));
}

proptest! {
    #[test]
    fn the_order_of_votes_does_not_matter(
        (votes, shuffled) in ballots().prop_flat_map(|votes| {
            (Just(votes.clone()), Just(votes).prop_shuffle())
        }),
    ) {
        let rules = ConsensusRules::default();
        prop_assert_eq!(consensus(votes, &rules), consensus(shuffled, &rules));
    }

    #[test]
    fn shares_are_in_range_and_agree_with_the_state(
        votes in ballots(), min_validators in 1..4_usize, accept in 51..=100_i64,
    ) {
        let accept_share = Decimal::new(accept, 2);
        let rules = ConsensusRules { min_validators, accept_share, ..ConsensusRules::default() };
        let agreed = consensus(votes.iter().copied(), &rules);
        let unit = Decimal::ZERO..=Decimal::ONE;
        prop_assert!(agreed.valid_share.is_none_or(|share| unit.contains(&share)));
        prop_assert_eq!(agreed.votes, votes.len());
        prop_assert_eq!(agreed.status == Pending, votes.is_empty());
        let is_decided = matches!(agreed.status, Validated | Rejected);
        prop_assert_eq!(agreed.confidence.is_some(), is_decided);
        prop_assert!(is_decided || agreed.label.is_none());
        prop_assert!(!is_decided || votes.len() >= min_validators);
        if let Some(confidence) = agreed.confidence {
            prop_assert!(confidence.scale() <= DIGITS && confidence <= Decimal::ONE);
            prop_assert!(confidence >= decimal::rounded(accept_share, DIGITS));
        }
    }

    #[test]
    fn the_opposite_votes_come_to_the_opposite(votes in ballots()) {
        let rules = ConsensusRules::default();
        let opposite = votes.iter().map(|vote| Ballot { is_valid: !vote.is_valid, ..*vote });
        let (agreed, opposite) = (consensus(votes.clone(), &rules), consensus(opposite, &rules));
        let expected = match agreed.status {
            Validated => Rejected,
            Rejected => Validated,
            other => other,
        };
        prop_assert_eq!(opposite.status, expected);
        prop_assert_eq!((opposite.confidence, opposite.label), (agreed.confidence, agreed.label));
    }
}

fn ballots() -> impl Strategy<Value = Vec<Ballot<'static>>> {
    let ballot = (any::<bool>(), select(&LEVELS[..]), select(&LABELS[..]));
    let ballot = ballot.prop_map(|(is_valid, confidence_level, label)| Ballot {
        is_valid,
        label,
        confidence_level,
    });
    proptest::collection::vec(ballot, 0..8)
}
