//! Alerts about transient candidates.

use super::TransientCandidate;

table! { TransientAlert shows products::transient_alert;
    /// The candidate it is about.
    one candidate: TransientCandidate, CandidateId => Id;
}
