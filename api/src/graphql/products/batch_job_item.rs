//! Items of batches.

use super::{BatchJob, Job, MeasurementSet};
use crate::graphql::data_registry::DataProduct;

table! { BatchJobItem shows products::batch_job_item;
    /// The batch it belongs to.
    one batch: BatchJob, BatchId => Id;
    /// The job that works on it.
    one job: Job, JobId => Id;
    /// The measurement set, where it is one.
    one measurement_set: MeasurementSet, MsPath => Path;
    /// The data product it is about.
    one data_product: DataProduct, DataId => DataId;
}
