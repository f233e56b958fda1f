//! Bandpass calibrators out of the old table in `products`, where a name could stand many times: the newest of
//! a name becomes the calibrator, all others its history. Nothing is taken over twice, and nothing that was
//! registered here later gives way.

mod carry_out;
mod old;
mod plan;
mod verify;

pub use carry_out::{plan_takeover, take_over_bandpass_calibrators};
pub use old::{OldCalibrator, OldCalibrators, OldFault, read_old_calibrators};
use plan::plan;
pub use plan::{Fate, Step, plan_for_nothing};
pub use verify::{Verification, verify_takeover};

/// Who registered a calibrator of which the old table does not say it, and who archives.
const MIGRATION: &str = "migration";
