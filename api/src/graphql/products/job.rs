//! Jobs.

use super::{BatchJobItem, CalibrationQa, ImageQa, MeasurementSet};

table! { Job shows products::job;
    /// The measurement set it works on, where it has one.
    one measurement_set: MeasurementSet, MsPath => Path;
    /// The items of batches that it is to do.
    many batch_items: BatchJobItem, Id => JobId;
    /// Quality of the images it made.
    many image_qa: ImageQa, Id => JobId;
    /// Quality of the calibrations it made.
    many calibration_qa: CalibrationQa, Id => JobId;
}
