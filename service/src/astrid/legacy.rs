//! The table that was before AstrID, as long as it is there.

use almanac_entity::astrid::legacy;
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ConnectionTrait,
    prelude::{DateTimeUtc, Json, Uuid},
};

use super::{
    new_id, no_such,
    phase::{COPIED, RETIRED, applied},
    stored,
};
use crate::{Error, Filter, Order, Repository, Result, Writable};

/// The legacy table, through one session. Its rows are read and changed until a revision copies them, then only
/// read, and after another one it is no more.
#[derive(Debug)]
pub struct LegacyExampleRepository<'c, C>(Repository<'c, C, legacy::Entity>);

/// A legacy row to be made, or what one is to become.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LegacyExample {
    /// Its name, 1 to 100 characters.
    pub name: String,
    /// What it is.
    pub description: Option<String>,
    /// What it holds.
    pub data: Option<Json>,
}

impl<'c, C: ConnectionTrait> LegacyExampleRepository<'c, C> {
    /// The table, through `connection`.
    pub fn new(connection: &'c C) -> Self {
        Self(Repository::new(connection))
    }

    /// The row with this key, if there is one.
    ///
    /// # Errors
    /// [`Error::LegacyRetired`], or the engine fails.
    pub async fn get(&self, id: Uuid) -> Result<Option<legacy::Model>> {
        self.readable().await?;
        self.0.find(id).await
    }

    /// Rows in the order in which they were made, but for the first `offset`; at most `limit`.
    ///
    /// # Errors
    /// [`Error::LegacyRetired`], or the engine fails.
    pub async fn list(&self, limit: u64, offset: u64) -> Result<Vec<legacy::Model>> {
        self.readable().await?;
        let order = [Order::asc(legacy::Column::CreatedAt)];
        self.0.slice(&Filter::default(), &order, limit, offset).await
    }

    /// Refuses where the table is gone; returns whether its rows are copied.
    async fn readable(&self) -> Result<bool> {
        let applied = applied(self.0.connection).await?;
        let is_applied = |revision: &str| applied.iter().any(|name| name == revision);
        if is_applied(RETIRED) { Err(Error::LegacyRetired) } else { Ok(is_applied(COPIED)) }
    }

    async fn writable(&self) -> Result<()> {
        if self.readable().await? { Err(Error::LegacyReadOnly) } else { Ok(()) }
    }
}

impl<C: Writable> LegacyExampleRepository<'_, C> {
    /// Makes a row.
    ///
    /// # Errors
    /// [`Error::LegacyReadOnly`] or [`Error::LegacyRetired`], the name is blank or too long, or the engine fails.
    pub async fn create(&self, new: LegacyExample, now: DateTimeUtc) -> Result<legacy::Model> {
        self.writable().await?;
        let now = stored(now);
        let row =
            legacy::ActiveModel { id: Set(new_id(now)), created_at: Set(now), ..new.row(now)? };
        self.0.insert(row).await
    }

    /// Makes a row hold this, and returns it.
    ///
    /// # Errors
    /// As [`create`](Self::create), or there is no such row.
    pub async fn update(
        &self,
        id: Uuid,
        to: LegacyExample,
        now: DateTimeUtc,
    ) -> Result<legacy::Model> {
        self.writable().await?;
        self.0.find(id).await?.ok_or_else(|| no_such::<legacy::Entity>(id))?;
        self.0.update(legacy::ActiveModel { id: Unchanged(id), ..to.row(stored(now))? }).await
    }

    /// Deletes a row; whether there was one.
    ///
    /// # Errors
    /// [`Error::LegacyReadOnly`] or [`Error::LegacyRetired`], or the engine fails.
    pub async fn delete(&self, id: Uuid) -> Result<bool> {
        self.writable().await?;
        self.0.delete(id).await
    }
}

impl LegacyExample {
    fn row(self, now: DateTimeUtc) -> Result<legacy::ActiveModel> {
        if self.name.trim().is_empty() {
            return Err(Error::invalid("name", "a legacy row has a name"));
        }
        Ok(legacy::ActiveModel {
            name: Set(self.name),
            description: Set(self.description),
            data: Set(self.data),
            updated_at: Set(now),
            ..Default::default()
        })
    }
}
