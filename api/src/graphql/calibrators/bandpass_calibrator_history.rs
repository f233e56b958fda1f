//! What bandpass calibrators were before.

use super::BandpassCalibrator;

table! { BandpassCalibratorHistory shows calibrators::bandpass_calibrator_history;
    /// The calibrator as it is now.
    one calibrator: BandpassCalibrator, CalibratorName => CalibratorName;
}
