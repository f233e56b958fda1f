//! What the revisions make, seen after each of them.

use almanac_database::{Address, Database, Location, Origin};
use almanac_migration::{Revisions, revisions};
use almanac_upkeep::digest::{Entities, entities};
use migration_schema::{Column, Engine, Schema, Table, reflect};
use migration_support::Scratch;
use sea_orm_migration::MigratorTraitSelf;

use crate::Result;

/// The shapes that a database has had.
pub(crate) struct Canonical {
    pub(crate) database: Database,
    pub(crate) revisions: Revisions,
    /// The revisions' names, oldest first, with the schema that each leaves.
    shapes: Vec<(String, Schema)>,
    /// What the entities say of the newest.
    pub(crate) entities: Entities,
}

impl Canonical {
    /// Runs the revisions of `database` in memory.
    pub(crate) async fn of(database: Database) -> Result<Self> {
        let revisions = revisions(database);
        let memory = Address::new(database, Location::Memory, Origin::Default);
        let scratch = Scratch::beside(&memory).await?;
        let mut shapes = Vec::new();
        for name in revisions.all() {
            revisions.up(scratch.connection(), Some(1)).await?;
            shapes.push((name, reflect(scratch.connection(), scratch.schema()).await?));
        }
        scratch.close().await?;
        Ok(Self { database, revisions, shapes, entities: entities(database) })
    }

    /// The newest shape.
    pub(crate) fn head(&self) -> &Schema {
        let (_, schema) = self.shapes.last().expect("every database has a revision");
        schema
    }

    /// The name of the newest revision.
    pub(crate) fn revision(&self) -> &str {
        let (name, _) = self.shapes.last().expect("every database has a revision");
        name
    }

    /// How many revisions there are.
    pub(crate) fn len(&self) -> usize {
        self.shapes.len()
    }

    /// The newest revision at which a table is as `fits` wants it.
    pub(crate) fn newest(&self, table: &str, fits: impl Fn(&Table) -> bool) -> Option<&str> {
        let mut shapes = self.shapes.iter().rev();
        let found = shapes.find(|(_, schema)| schema.table(table).is_some_and(&fits));
        found.map(|(name, _)| name.as_str())
    }

    /// The tables of the newest shape, each behind those that it refers to.
    pub(crate) fn in_order(&self) -> Vec<&Table> {
        let mut tables: Vec<&Table> = self.head().tables.iter().collect();
        tables.sort_by_key(|table| depth(self.head(), table));
        tables
    }
}

/// How many tables there are on the longest way up from a table.
fn depth(schema: &Schema, table: &Table) -> usize {
    let parents =
        table.foreign_keys.iter().filter(|key| !Engine::Sqlite.same(&key.table, &table.name));
    let depths = parents.filter_map(|key| Some(1 + depth(schema, schema.table(&key.table)?)));
    depths.max().unwrap_or_default()
}

/// Whether a row cannot be without a value in the column: nothing else fills it in.
pub(crate) fn is_mandatory(column: &Column) -> bool {
    !column.nullable && column.default.is_none() && column.counter.is_none()
}

/// The sets of columns in which no two rows of a table are equal, numbered keys aside.
pub(crate) fn keys(table: &Table) -> Vec<Vec<String>> {
    let primary = table.primary_key.iter().filter(|_| counter(table).is_none());
    let uniques = primary.chain(&table.uniques).map(|key| key.columns.clone());
    uniques.chain(table.indexes.iter().filter_map(migration_schema::Index::plain_unique)).collect()
}

/// The column whose numbers SQLite gives out.
pub(crate) fn counter(table: &Table) -> Option<&Column> {
    table.columns.iter().find(|column| column.counter.is_some())
}
