//! Calibrations that science data wait for.

use super::Caltable;
use crate::graphql::products::MeasurementSet;

table! { CalibrationFence shows cal_registry::calibration_fence;
    /// The calibrator's measurement set that is solved.
    one calibrator_measurement_set: MeasurementSet, CalibratorMs => Path;
    /// The calibration tables of the set that it comes to.
    many caltables: Caltable, SetName => SetName;
}
