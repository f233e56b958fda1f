//! The states of a detection.

use DetectionStatus::{Archived, Confirmed, Pending, Rejected, Validated, Validating};
use almanac_entity::astrid::DetectionStatus;

use crate::StateMachine;

/// The states of a detection. Votes bring it to and fro until it is confirmed or put away.
pub const DETECTION_STATES: StateMachine<DetectionStatus> = StateMachine {
    what: "detection",
    moves: &[
        (Pending, &[Validating, Rejected, Archived]),
        (Validating, &[Validated, Rejected, Validating, Archived]),
        (Validated, &[Validating, Rejected, Confirmed, Archived]),
        (Rejected, &[Validating, Validated, Archived]),
        (Confirmed, &[Archived]),
        (Archived, &[]),
    ],
};
