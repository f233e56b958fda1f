//! Where the pipeline keeps its files.

use almanac_entity::{
    UnixTime,
    products::{StorageStatus, storage_location},
};
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ConnectionTrait,
};
use storage_location::Column::{BasePath, LocationType, Status};

use crate::{Error, Filter, Order, Repository, Result, Writable};

/// Places listed at once, at the most.
const MOST: u64 = 1_000;

/// A place for files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoragePlace {
    /// What is kept there, such as `ms_files`, `images` or `hdf5_incoming`.
    pub location_type: String,
    /// The directory or file.
    pub base_path: String,
    /// What it is for.
    pub description: Option<String>,
    /// Remarks.
    pub notes: Option<String>,
}

impl<C: ConnectionTrait> Repository<'_, C, storage_location::Entity> {
    /// The places of a type and status, or all, by type and path.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn list_places(
        &self,
        location_type: Option<&str>,
        status: Option<&StorageStatus>,
    ) -> Result<Vec<storage_location::Model>> {
        let of_type = location_type.map(|kind| Filter::eq(LocationType, kind));
        let of_status = status.map(|status| match status {
            // The database's default where an old file says nothing.
            StorageStatus::Active => Filter::Any(vec![
                Filter::eq(Status, StorageStatus::Active),
                Filter::Null(Status, true),
            ]),
            other => Filter::eq(Status, other.clone()),
        });
        let filter = Filter::All(of_type.into_iter().chain(of_status).collect());
        self.slice(&filter, &[Order::asc(LocationType), Order::asc(BasePath)], MOST, 0).await
    }
}

impl<C: Writable> Repository<'_, C, storage_location::Entity> {
    /// Takes a place into use. One that is known keeps its id and when it was registered first. The
    /// statements belong in one transaction.
    ///
    /// # Errors
    /// The type is blank, the path is not absolute, or the engine fails.
    pub async fn register(
        &self,
        place: StoragePlace,
        now: UnixTime,
    ) -> Result<storage_location::Model> {
        check(&place)?;
        let same = Filter::eq(LocationType, place.location_type.as_str());
        let same = Filter::All(vec![same, Filter::eq(BasePath, place.base_path.as_str())]);
        let known = self.slice(&same, &[], 1, 0).await?.pop();
        let mut row = row(place, now);
        let Some(known) = known else { return self.insert(row).await };
        row.id = Unchanged(known.id);
        row.registered_at = Unchanged(known.registered_at);
        if row.description.try_as_ref().is_some_and(Option::is_none) {
            row.description = Unchanged(known.description);
        }
        if row.notes.try_as_ref().is_some_and(Option::is_none) {
            row.notes = Unchanged(known.notes);
        }
        self.update(row).await
    }

    /// Takes a place out of use; its files stay.
    ///
    /// # Errors
    /// There is no such place, or the engine fails.
    pub async fn deactivate(&self, id: i64) -> Result<storage_location::Model> {
        let place = self.lock(id).await?;
        if place.is_none() {
            return Err(Error::not_found(format!("storage location {id}")));
        }
        self.update(storage_location::ActiveModel {
            id: Unchanged(id),
            status: Set(Some(StorageStatus::Inactive)),
            ..Default::default()
        })
        .await
    }

    /// Writes the places of a configuration into a table that has none yet; how many it wrote. A table
    /// that has rows, as an adopted one may, is left as it is. The statements belong in one transaction.
    ///
    /// # Errors
    /// A type is blank, a path is not absolute or given twice for a type, or the engine fails.
    pub async fn seed(&self, places: Vec<StoragePlace>, now: UnixTime) -> Result<usize> {
        places.iter().try_for_each(check)?;
        if self.count(&Filter::default()).await? > 0 {
            return Ok(0);
        }
        self.insert_many(places.into_iter().map(|place| row(place, now))).await
    }
}

fn check(place: &StoragePlace) -> Result<()> {
    if place.location_type.trim().is_empty() {
        return Err(Error::invalid("location_type", "a place says what is kept there"));
    }
    if place.base_path.starts_with('/') {
        return Ok(());
    }
    let message = format!("{:?} is not an absolute path", place.base_path);
    Err(Error::invalid("base_path", message))
}

fn row(place: StoragePlace, now: UnixTime) -> storage_location::ActiveModel {
    storage_location::ActiveModel {
        location_type: Set(place.location_type),
        base_path: Set(place.base_path),
        description: Set(place.description),
        registered_at: Set(now),
        status: Set(Some(StorageStatus::Active)),
        notes: Set(place.notes),
        ..Default::default()
    }
}
