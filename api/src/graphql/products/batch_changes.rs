//! Changes to batches.

use almanac_entity::products::{BatchJobType, BatchStatus, batch_job};
use almanac_service::products::{ItemReport, NewBatch, NewBatchItem};
use async_graphql::{ID, InputObject, Json, SimpleObject};
use chrono::{DateTime, Utc};
use serde_json::Value;

use super::BatchJob;
use crate::graphql::{Word, mutation::big_id};

/// A batch that is asked for.
#[derive(Debug, InputObject)]
pub struct CreateBatchInput {
    /// What is to be done to each item, such as `calibrate`, `apply` or `image`.
    #[graphql(name = "type")]
    kind: String,
    /// The items.
    items: Vec<BatchItemInput>,
    /// What it is told.
    params: Option<Json<Value>>,
}

/// A thing that a batch works on.
#[derive(Debug, InputObject)]
pub struct BatchItemInput {
    /// What it is called in the batch: the path of a measurement set, a source, a data product.
    key: String,
    /// The data product it yields: `dataId` of the data registry.
    data_id: Option<String>,
}

/// A conversion of raw data.
#[derive(Debug, InputObject)]
pub struct CreateConversionBatchInput {
    /// Start of the time to convert.
    start: DateTime<Utc>,
    /// End of the time to convert.
    end: DateTime<Utc>,
}

/// Measurements of positions on images.
#[derive(Debug, InputObject)]
pub struct CreatePhotometryBatchInput {
    /// Paths of the images.
    images: Vec<String>,
    /// The positions.
    positions: Vec<PositionInput>,
    /// The data product it yields: `dataId` of the data registry.
    data_id: Option<String>,
    /// What it is told.
    params: Option<Json<Value>>,
}

/// A position on the sky.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct PositionInput {
    /// Right ascension, degrees, ICRS.
    ra_deg: f64,
    /// Declination, degrees, ICRS.
    dec_deg: f64,
}

/// A publication of data products.
#[derive(Debug, InputObject)]
pub struct CreatePublishBatchInput {
    /// The data products: `dataId` of the data registry.
    data_ids: Vec<String>,
    /// What it is told.
    params: Option<Json<Value>>,
}

/// A search for extreme scattering events.
#[derive(Debug, InputObject)]
pub struct CreateEseDetectBatchInput {
    /// The sources to look at; all where it is left out.
    source_ids: Option<Vec<String>>,
    /// What it is told.
    params: Option<Json<Value>>,
}

/// How an item of a batch goes on.
#[derive(Debug, InputObject)]
pub struct UpdateBatchItemInput {
    /// The batch: its `rowId`.
    batch_id: ID,
    /// What the item is called in the batch.
    key: String,
    /// Its status.
    status: Word<BatchStatus>,
    /// Why it failed.
    error: Option<String>,
    /// The job that works on it: its `rowId`.
    job_id: Option<ID>,
}

/// A batch to be called off.
#[derive(Debug, InputObject)]
pub struct CancelBatchInput {
    /// The batch: its `rowId`.
    batch_id: ID,
}

/// A batch that was changed.
#[derive(Debug, SimpleObject)]
pub struct BatchPayload {
    /// The batch.
    batch_job: BatchJob,
}

async fn create(
    work: &almanac_service::Work,
    new: NewBatch,
) -> almanac_service::Result<BatchPayload> {
    let batch = work.table::<batch_job::Entity>().await?.create(new, work.now()).await?;
    Ok(BatchPayload { batch_job: BatchJob::of(&batch) })
}

fn params(params: Option<Json<Value>>) -> Option<almanac_entity::JsonText> {
    params.map(|params| params.0.into())
}

mutations! {
    /// Changes to batches.
    BatchMutations {
        /// Asks for a batch, all of whose items wait then.
        CreateBatch: create_batch(input: CreateBatchInput, work) -> BatchPayload {
            let item = |item: BatchItemInput| NewBatchItem { key: item.key, data_id: item.data_id };
            let new = NewBatch {
                kind: BatchJobType::from(input.kind),
                items: input.items.into_iter().map(item).collect(),
                params: params(input.params),
            };
            create(work, new).await
        }

        /// Asks for the conversion of the raw data of a time, as a batch of one item.
        CreateConversionBatch: create_conversion_batch(input: CreateConversionBatchInput, work)
            -> BatchPayload
        {
            if input.start >= input.end {
                let message = "it does not lie before end";
                return Err(almanac_service::Error::invalid("start", message));
            }
            let text = |time: DateTime<Utc>| time.format("%Y-%m-%dT%H:%M:%S").to_string();
            create(work, NewBatch::conversion(&text(input.start), &text(input.end))).await
        }

        /// Asks for the measurement of each position on each image.
        CreatePhotometryBatch: create_photometry_batch(input: CreatePhotometryBatchInput, work)
            -> BatchPayload
        {
            let positions: Vec<(f64, f64)> =
                input.positions.iter().map(|position| (position.ra_deg, position.dec_deg)).collect();
            let data_id = input.data_id.as_deref();
            let params = params(input.params);
            create(work, NewBatch::photometry(&input.images, &positions, data_id, params)?).await
        }

        /// Asks for the publication of data products.
        CreatePublishBatch: create_publish_batch(input: CreatePublishBatchInput, work)
            -> BatchPayload
        {
            create(work, NewBatch::publish(&input.data_ids, params(input.params))).await
        }

        /// Asks for a search for extreme scattering events.
        CreateEseDetectBatch: create_ese_detect_batch(input: CreateEseDetectBatchInput, work)
            -> BatchPayload
        {
            let sources = input.source_ids.as_deref();
            create(work, NewBatch::ese_detect(sources, params(input.params))).await
        }

        /// Brings an item of a batch to a status, and counts the batch's items anew.
        UpdateBatchItem: update_batch_item(input: UpdateBatchItemInput, work) -> BatchPayload {
            let id = big_id(&input.batch_id, "batchId")?;
            let job_id = input.job_id.as_ref().map(|job| big_id(job, "jobId")).transpose()?;
            let report = ItemReport { error: input.error, job_id };
            let batches = work.table::<batch_job::Entity>().await?;
            let batch = batches
                .update_item(id, &input.key, input.status.0, report, work.now())
                .await?;
            Ok(BatchPayload { batch_job: BatchJob::of(&batch) })
        }

        /// Calls a batch off: its items that wait or run.
        CancelBatch: cancel_batch(input: CancelBatchInput, work) -> BatchPayload {
            let id = big_id(&input.batch_id, "batchId")?;
            let batch = work.table::<batch_job::Entity>().await?.cancel(id, work.now()).await?;
            Ok(BatchPayload { batch_job: BatchJob::of(&batch) })
        }
    }
}
