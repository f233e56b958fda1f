//! Flux densities of the VLA's calibrators.

use super::VlaCalibrator;

table! { VlaFlux shows calibrators::vla_flux;
    /// The calibrator.
    one vla_calibrator: VlaCalibrator, VlaCalibratorId => Id;
}
