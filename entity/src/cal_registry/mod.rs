//! Calibration tables, their validity and their use.

pub mod calibration_applied;
pub mod calibration_fence;
pub mod caltable;
mod vocabulary;

pub use vocabulary::*;

change_log!();
suspicions!();

tables! { CalRegistry:
    caltable => "Caltable",
    calibration_applied => "CalibrationApplied",
    calibration_fence => "CalibrationFence",
    change_log => "CalRegistryChange",
    suspicion => "CalRegistrySuspicion",
    suspect => "CalRegistrySuspect",
}
