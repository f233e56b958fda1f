//! One engine's side of the work: a scratch database in which all revisions ran, and what the entities ask for.

use almanac_database::Address;
use migration_schema::{Difference, Hints, Schema, compare, reflect};
use migration_support::{ALLOW_DATA_LOSS, Scratch};
use sea_orm_migration::{
    MigratorTraitSelf,
    prelude::{DbErr, SchemaManager},
};

use super::change::Change;
use crate::{
    Stated, desired_of,
    model::{marked, wanted},
    revisions,
    target::refused,
    verify::schema_error,
};

pub(crate) struct Side {
    address: Address,
    scratch: Scratch,
    desired: Schema,
    /// What all revisions make.
    pub(crate) begin: Schema,
}

impl Side {
    pub(crate) async fn open(tables: &[Stated], address: Address) -> Result<Self, DbErr> {
        // Before the other scratch database: a server has but one at a time.
        let desired = desired_of(tables, &address).await?;
        let scratch = Scratch::beside(&address).await?;
        revisions(address.database).up(scratch.connection(), None).await?;
        let begin = read(&scratch).await?;
        Ok(Self { address, scratch, desired, begin })
    }

    pub(crate) async fn close(self) -> Result<(), DbErr> {
        self.scratch.close().await
    }

    /// What there is now.
    pub(crate) async fn schema(&self) -> Result<Schema, DbErr> {
        read(&self.scratch).await
    }

    /// What `made` has to be for the entities to be right.
    pub(crate) fn wanted(&self, made: &Schema) -> Schema {
        wanted(self.address.database, made, &self.desired)
    }

    /// Whether the entities ask for the table, or for the column of it.
    pub(crate) fn desires(&self, table: &str, column: Option<&str>) -> bool {
        let table = self.desired.table(table);
        table.is_some_and(|table| {
            column.is_none_or(|column| table.column(self.desired.engine, column).is_some())
        })
    }

    pub(crate) async fn up(&self, change: &Change) -> Result<(), DbErr> {
        change.up(&SchemaManager::new(self.scratch.connection())).await
    }

    /// Nothing is left to change, nothing else was lost, and the way back leads to the beginning.
    pub(crate) async fn prove(&self, wanted: &Schema, changes: &[Change]) -> Result<(), DbErr> {
        let end = self.schema().await?;
        for should in [wanted, &self.wanted(&end)] {
            let left = differences(&end, should)?;
            self.nothing("would leave something to change", &left)?;
        }
        let manager = SchemaManager::new(self.scratch.connection());
        for change in changes.iter().rev() {
            ALLOW_DATA_LOSS.scope(true, change.down(&manager)).await?;
        }
        let back = self.schema().await?;
        if back.fingerprint() == self.begin.fingerprint() {
            return Ok(());
        }
        let left = compare(&back, &self.begin, &Hints::default()).map_err(schema_error)?;
        self.nothing("would not lead back", &left.differences)?;
        Err(self.fault("would not lead back", "to what is kept beside the tables"))
    }

    fn nothing(&self, what: &str, left: &[Difference]) -> Result<(), DbErr> {
        if left.is_empty() {
            return Ok(());
        }
        let left: Vec<String> = left.iter().map(ToString::to_string).collect();
        Err(self.fault(what, &left.join("; ")))
    }

    fn fault(&self, what: &str, why: &str) -> DbErr {
        let engine = self.begin.engine;
        refused(&format!("nothing is written, as the revision {what} on {engine:?}: {why}"))
    }
}

/// In what two schemas differ, types told apart by what they stand for.
pub(crate) fn differences(made: &Schema, wanted: &Schema) -> Result<Vec<Difference>, DbErr> {
    let comparison = compare(&marked(made), &marked(wanted), &Hints::default());
    Ok(comparison.map_err(schema_error)?.differences)
}

async fn read(scratch: &Scratch) -> Result<Schema, DbErr> {
    reflect(scratch.connection(), scratch.schema()).await.map_err(schema_error)
}
