//! Calibration tables, their validity and their use.

pub mod calibration_applied;
pub mod calibration_fence;
pub mod caltable;
mod vocabulary;

pub use vocabulary::*;

tables! { CalRegistry:
    caltable => "Caltable",
    calibration_applied => "CalibrationApplied",
    calibration_fence => "CalibrationFence",
}
