//! Batches: the same work on many things.

use std::collections::HashSet;

use almanac_entity::{
    JsonText, UnixTime,
    products::{BatchJobType, BatchStatus, batch_job, batch_job_item},
};
use batch_job::Column::{CreatedAt, Kind, Status};
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
};
use serde_json::json;

use super::status_group::{StatusGroup, by_group};
use crate::{Error, Filter, Order, Repository, Result, Writable};

/// Items of one batch, at the most.
const ITEMS: usize = 100_000;

/// A batch that is asked for: what is to be done to which things.
#[derive(Clone, Debug, PartialEq)]
pub struct NewBatch {
    /// What is to be done to each.
    pub kind: BatchJobType,
    /// The things to work on.
    pub items: Vec<NewBatchItem>,
    /// What it is told.
    pub params: Option<JsonText>,
}

/// A thing that a batch works on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NewBatchItem {
    /// What it is called in the batch.
    pub key: String,
    /// The data product it yields.
    pub data_id: Option<String>,
}

impl NewBatchItem {
    /// An item that yields no data product.
    pub fn new(key: impl Into<String>) -> Self {
        Self { key: key.into(), data_id: None }
    }
}

impl NewBatch {
    /// The conversion of the raw data from `start` to `end`.
    pub fn conversion(start: &str, end: &str) -> Self {
        Self {
            kind: BatchJobType::Convert,
            items: vec![NewBatchItem::new(format!("time_window_{start}_{end}"))],
            params: Some(json!({"start_time": start, "end_time": end}).into()),
        }
    }

    /// The measurement of each position, right ascension and declination in degrees, on each image.
    ///
    /// # Errors
    /// A position is not on the sphere, or they make more than 100,000 items.
    pub fn photometry(
        images: &[String],
        positions: &[(f64, f64)],
        data_id: Option<&str>,
        params: Option<JsonText>,
    ) -> Result<Self> {
        for (ra_deg, dec_deg) in positions {
            if !(0.0..360.0).contains(ra_deg) || !(-90.0..=90.0).contains(dec_deg) {
                let message =
                    format!("({ra_deg}, {dec_deg}) is no right ascension and declination");
                return Err(Error::invalid("positions", message));
            }
        }
        check_count(images.len().saturating_mul(positions.len()))?;
        let item = |image: &String, (ra_deg, dec_deg): &(f64, f64)| NewBatchItem {
            key: format!("{image}:{ra_deg}:{dec_deg}"),
            data_id: data_id.map(str::to_owned),
        };
        let on_image = |image| positions.iter().map(move |position| item(image, position));
        Ok(Self {
            kind: BatchJobType::BatchPhotometry,
            items: images.iter().flat_map(on_image).collect(),
            params,
        })
    }

    /// The publication of data products.
    pub fn publish(data_ids: &[String], params: Option<JsonText>) -> Self {
        let item = |data_id: &String| NewBatchItem {
            key: data_id.clone(),
            data_id: Some(data_id.clone()),
        };
        Self { kind: BatchJobType::Publish, items: data_ids.iter().map(item).collect(), params }
    }

    /// The search for extreme scattering events in sources, or in all of them where none is given.
    pub fn ese_detect(source_ids: Option<&[String]>, params: Option<JsonText>) -> Self {
        let items = match source_ids {
            Some(sources) => sources.iter().map(NewBatchItem::new).collect(),
            None => vec![NewBatchItem::new("all_sources")],
        };
        Self { kind: BatchJobType::EseDetect, items, params }
    }
}

/// The number of items of a batch, where it may have so many.
fn check_count(items: usize) -> Result<i32> {
    match i32::try_from(items) {
        Ok(0) => Err(Error::invalid("items", "a batch has at least one item")),
        Ok(total) if items <= ITEMS => Ok(total),
        _ => {
            let message = format!("{items} are more than {ITEMS}; make several batches");
            Err(Error::invalid("items", message))
        }
    }
}

/// What became of an item of a batch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ItemReport {
    /// Why it failed.
    pub error: Option<String>,
    /// The job that works on it.
    pub job_id: Option<i64>,
}

/// The status of a batch by those of its items.
fn status_of(items: &[(StatusGroup, u64)]) -> BatchStatus {
    let count = |group| {
        items.iter().filter(|(known, _)| *known == group).map(|(_, count)| count).sum::<u64>()
    };
    let all: u64 = items.iter().map(|(_, count)| count).sum();
    let failed = count(StatusGroup::Failed);
    let cancelled = count(StatusGroup::Cancelled);
    let finished = count(StatusGroup::Completed) + failed + cancelled;
    if all > 0 && cancelled == all {
        BatchStatus::Cancelled
    } else if all > 0 && finished == all {
        if failed == 0 { BatchStatus::Done } else { BatchStatus::Failed }
    } else if finished > 0 || count(StatusGroup::Running) > 0 {
        BatchStatus::Running
    } else {
        BatchStatus::Pending
    }
}

impl<C: ConnectionTrait> Repository<'_, C, batch_job::Entity> {
    /// The batches whose status is of a group, of a type, or all, newest first.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn list_by_status(
        &self,
        status: Option<StatusGroup>,
        kind: Option<&BatchJobType>,
        limit: u64,
        offset: u64,
    ) -> Result<Vec<batch_job::Model>> {
        let status = status.map(|group| group.filter(Status));
        let kind = kind.map(|kind| Filter::eq(Kind, kind.clone()));
        let filter = Filter::All(status.into_iter().chain(kind).collect());
        self.slice(&filter, &[Order::desc(CreatedAt)], limit, offset).await
    }

    /// How many items of a batch there are of each group.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn item_counts(&self, id: i64) -> Result<Vec<(StatusGroup, u64)>> {
        use batch_job_item::Column::{BatchId, Id, Status};
        let select = batch_job_item::Entity::find()
            .select_only()
            .column(Status)
            .expr(Id.count())
            .filter(BatchId.eq(id))
            .group_by(Status);
        let counts: Vec<(String, i64)> = select.into_tuple().all(self.connection).await?;
        Ok(by_group(counts))
    }
}

impl<C: Writable> Repository<'_, C, batch_job::Entity> {
    /// Asks for a batch, all of whose items wait. The statements belong in one transaction.
    ///
    /// # Errors
    /// It has no items, more than 100,000, a blank one or one twice, or the engine fails.
    pub async fn create(&self, new: NewBatch, now: UnixTime) -> Result<batch_job::Model> {
        if new.kind.as_str().trim().is_empty() {
            return Err(Error::invalid("type", "a batch says what is to be done"));
        }
        let total = check_count(new.items.len())?;
        let mut known = HashSet::with_capacity(new.items.len());
        for item in &new.items {
            if item.key.trim().is_empty() {
                return Err(Error::invalid("items", "an item is blank"));
            }
            if !known.insert(item.key.as_str()) {
                return Err(Error::invalid("items", format!("{} is given twice", item.key)));
            }
        }
        let batch = self
            .insert(batch_job::ActiveModel {
                kind: Set(new.kind),
                created_at: Set(now),
                status: Set(BatchStatus::Pending),
                total_items: Set(total),
                completed_items: Set(Some(0)),
                failed_items: Set(Some(0)),
                params: Set(new.params),
                ..Default::default()
            })
            .await?;
        let rows = new.items.into_iter().map(|item| batch_job_item::ActiveModel {
            batch_id: Set(batch.id),
            ms_path: Set(item.key),
            status: Set(BatchStatus::Pending),
            data_id: Set(item.data_id),
            ..Default::default()
        });
        self.on::<batch_job_item::Entity>().insert_many(rows).await?;
        Ok(batch)
    }

    /// Brings an item of a batch to a status, and counts the batch's items anew: it is `running` once one
    /// runs or has ended, and when all have ended, `done` without a failure, else `failed`; `cancelled`
    /// when all were called off. The statements belong in one transaction.
    ///
    /// # Errors
    /// There is no such batch, item or status, or the engine fails.
    pub async fn update_item(
        &self,
        id: i64,
        key: &str,
        status: BatchStatus,
        report: ItemReport,
        now: UnixTime,
    ) -> Result<batch_job::Model> {
        use batch_job_item::Column::{BatchId, MsPath};
        let status = known_status(&status)?;
        let group = StatusGroup::of(status.as_str());
        self.locked(id).await?;
        let items = self.on::<batch_job_item::Entity>();
        let of_key = Filter::eq(BatchId, id).and(Filter::eq(MsPath, key));
        // An old file may hold a key twice: they are worked on as one.
        let found = items.slice(&Filter::All(vec![of_key]), &[], 1_000, 0).await?;
        if found.is_empty() {
            return Err(Error::not_found(format!("item {key} of batch {id}")));
        }
        for item in found {
            let mut row = batch_job_item::ActiveModel {
                id: Unchanged(item.id),
                status: Set(status.clone()),
                error: Set(report.error.clone().filter(|_| group == StatusGroup::Failed)),
                ..Default::default()
            };
            if let Some(job_id) = report.job_id {
                row.job_id = Set(Some(job_id));
            }
            if group == StatusGroup::Running && item.started_at.is_none() {
                row.started_at = Set(Some(now));
            }
            if group.is_finished() && item.completed_at.is_none() {
                row.completed_at = Set(Some(now));
            }
            items.update(row).await?;
        }
        self.recount(id).await
    }

    /// Calls a batch off: its items that wait or run. The statements belong in one transaction.
    ///
    /// # Errors
    /// There is no such batch, all of its items have ended, or the engine fails.
    pub async fn cancel(&self, id: i64, now: UnixTime) -> Result<batch_job::Model> {
        use batch_job_item::Column::{BatchId, CompletedAt, Status};
        use sea_orm::sea_query::Expr;
        self.locked(id).await?;
        let open = Filter::Any(vec![
            StatusGroup::Pending.filter(Status),
            StatusGroup::Running.filter(Status),
        ]);
        let open = Filter::All(vec![Filter::eq(BatchId, id), open]);
        let cancelled =
            [(Status, Expr::val(BatchStatus::Cancelled)), (CompletedAt, Expr::val(now))];
        if self.on::<batch_job_item::Entity>().update_where(&open, cancelled).await? == 0 {
            return Err(Error::Conflict(format!("all items of batch {id} have ended")));
        }
        self.recount(id).await
    }

    async fn locked(&self, id: i64) -> Result<batch_job::Model> {
        self.lock(id).await?.ok_or_else(|| Error::not_found(format!("batch {id}")))
    }

    async fn recount(&self, id: i64) -> Result<batch_job::Model> {
        let counts = self.item_counts(id).await?;
        let count = |group| {
            let counted = counts.iter().filter(|(known, _)| *known == group);
            i32::try_from(counted.map(|(_, count)| count).sum::<u64>()).unwrap_or(i32::MAX)
        };
        self.update(batch_job::ActiveModel {
            id: Unchanged(id),
            status: Set(status_of(&counts)),
            completed_items: Set(Some(count(StatusGroup::Completed))),
            failed_items: Set(Some(count(StatusGroup::Failed))),
            ..Default::default()
        })
        .await
    }
}

/// The status by its word here, whichever program's word it was given by.
fn known_status(status: &BatchStatus) -> Result<BatchStatus> {
    Ok(match StatusGroup::of(status.as_str()) {
        StatusGroup::Pending => BatchStatus::Pending,
        StatusGroup::Running => BatchStatus::Running,
        StatusGroup::Completed => BatchStatus::Done,
        StatusGroup::Failed => BatchStatus::Failed,
        StatusGroup::Cancelled => BatchStatus::Cancelled,
        StatusGroup::Unknown => {
            let words = "pending, running, done, failed, cancelled";
            return Err(Error::invalid("status", format!("{status:?} is none of {words}")));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_stands_as_its_items_do() {
        use StatusGroup::{Cancelled, Completed, Failed, Pending, Running};
        let cases: [(&[(StatusGroup, u64)], BatchStatus); 8] = [
            (&[(Pending, 3)], BatchStatus::Pending),
            (&[(Pending, 2), (Running, 1)], BatchStatus::Running),
            (&[(Pending, 2), (Completed, 1)], BatchStatus::Running),
            (&[(Pending, 1), (Failed, 2)], BatchStatus::Running),
            (&[(Completed, 3)], BatchStatus::Done),
            (&[(Completed, 2), (Failed, 1)], BatchStatus::Failed),
            (&[(Cancelled, 3)], BatchStatus::Cancelled),
            (&[(Completed, 1), (Cancelled, 2)], BatchStatus::Done),
        ];
        for (items, status) in cases {
            assert_eq!(status_of(items), status, "{items:?}");
        }
    }

    #[test]
    fn photometry_is_every_position_on_every_image() {
        let images = ["/a.fits".to_owned(), "/b.fits".to_owned()];
        let batch = NewBatch::photometry(&images, &[(10.5, -1.25), (0.0, 54.57)], Some("d1"), None)
            .unwrap();
        let keys: Vec<_> = batch.items.iter().map(|item| item.key.as_str()).collect();
        assert_eq!(
            keys,
            ["/a.fits:10.5:-1.25", "/a.fits:0:54.57", "/b.fits:10.5:-1.25", "/b.fits:0:54.57"]
        );
        assert!(batch.items.iter().all(|item| item.data_id.as_deref() == Some("d1")));
    }

    #[test]
    fn a_search_of_all_sources_is_one_item() {
        assert_eq!(NewBatch::ese_detect(None, None).items, [NewBatchItem::new("all_sources")]);
        let window = NewBatch::conversion("2025-10-02T00:00:00", "2025-10-02T01:00:00");
        assert_eq!(window.items[0].key, "time_window_2025-10-02T00:00:00_2025-10-02T01:00:00");
    }
}
