//! Batches of jobs.

use super::BatchJobItem;

table! { BatchJob shows products::batch_job;
    /// Its items.
    many items: BatchJobItem, Id => BatchId;
}
