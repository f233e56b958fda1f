//! Quality of calibrations.

use super::{Job, MeasurementSet};

table! { CalibrationQa shows products::calibration_qa;
    /// The measurement set that was calibrated.
    one measurement_set: MeasurementSet, MsPath => Path;
    /// The job that assessed it.
    one job: Job, JobId => Id;
}
