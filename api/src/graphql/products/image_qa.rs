//! Quality of images.

use super::{Image, Job, MeasurementSet};

table! { ImageQa shows products::image_qa;
    /// The image.
    one image: Image, ImagePath => Path;
    /// The measurement set it was made from.
    one measurement_set: MeasurementSet, MsPath => Path;
    /// The job that assessed it.
    one job: Job, JobId => Id;
}
