//! Batches of jobs.

use almanac_entity::products::batch_job;
use almanac_service::products::StatusGroup;

use super::{BatchJobItem, JobStatusGroup};

table! { BatchJob shows products::batch_job;
    through Status;
    /// Its items.
    many items: BatchJobItem, Id => BatchId;

    /// What its status comes to, whichever program wrote it.
    async fn status_group(&self) -> Option<JobStatusGroup> {
        self.row().text(batch_job::Column::Status).map(|word| StatusGroup::of(word).into())
    }
}
