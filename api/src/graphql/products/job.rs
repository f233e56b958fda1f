//! Jobs.

use almanac_entity::products::job;
use almanac_service::products::{StatusGroup, run_id_of};

use super::{BatchJobItem, CalibrationQa, ImageQa, JobStatusGroup, MeasurementSet};

table! { Job shows products::job;
    through Status;
    /// The measurement set it works on, where it has one.
    one measurement_set: MeasurementSet, MsPath => Path;
    /// The items of batches that it is to do.
    many batch_items: BatchJobItem, Id => JobId;
    /// Quality of the images it made.
    many image_qa: ImageQa, Id => JobId;
    /// Quality of the calibrations it made.
    many calibration_qa: CalibrationQa, Id => JobId;

    /// What its status comes to, whichever program wrote it.
    async fn status_group(&self) -> Option<JobStatusGroup> {
        self.row().text(job::Column::Status).map(|word| StatusGroup::of(word).into())
    }

    /// The name of the run that works on its measurement set, made from the file's name.
    async fn derived_run_id(&self) -> Option<String> {
        self.row().text(job::Column::MsPath).and_then(run_id_of)
    }
}
