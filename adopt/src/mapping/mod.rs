//! What rows of tables of old shapes become.
//!
//! A [`Shape`] is known by its columns, and says for each column of the canonical table the SQL expression over the old
//! row, which is called `old`. A column of which it says nothing keeps the value of the old column of its name.

mod cal_registry;
mod ingest;
mod master_sources;
mod products;

use almanac_database::Database;
use migration_schema::{Engine, Schema, Table, quoted};

pub(crate) use master_sources::{Designations, is_numbered};

use crate::unix::unix;

/// Columns of the canonical table, each with an expression over the old row.
pub(crate) type Values = Vec<(&'static str, String)>;

/// An old shape of a table.
pub(crate) struct Shape {
    /// The table that has it.
    pub(crate) from: &'static str,
    /// The table that its rows belong to now.
    pub(crate) into: &'static str,
    /// Whether a table of that name has the shape.
    pub(crate) is: fn(&Old<'_>) -> bool,
    /// What is old about it.
    pub(crate) reason: &'static str,
    /// What its rows become; none leaves the canonical table empty.
    pub(crate) values: Option<fn(&Old<'_>) -> Values>,
    /// In which order rows are taken over: the first of those that exclude each other stays.
    pub(crate) order: &'static str,
}

/// The order of most shapes.
const AS_STORED: &str = "old.rowid";

/// The old shapes of the tables of a database.
pub(crate) fn shapes(database: Database) -> &'static [Shape] {
    match database {
        Database::Ingest => &ingest::SHAPES,
        Database::CalRegistry => &cal_registry::SHAPES,
        Database::Products => &products::SHAPES,
        Database::MasterSources => &master_sources::SHAPES,
        Database::Calibrators | Database::Hdf5 | Database::DataRegistry | Database::Astrid => &[],
    }
}

/// A table of an old shape.
pub(crate) struct Old<'t> {
    /// The table.
    pub(crate) table: &'t Table,
    /// All tables of its file.
    pub(crate) file: &'t Schema,
    /// The instant of the adoption, Unix seconds.
    pub(crate) now: f64,
}

impl Old<'_> {
    /// Whether it has a column.
    pub(crate) fn has(&self, column: &str) -> bool {
        self.table.column(Engine::Sqlite, column).is_some()
    }

    /// A column's value; NULL where there is no such column.
    pub(crate) fn at(&self, column: &str) -> String {
        if self.has(column) { format!("old.{}", quoted(column)) } else { "NULL".to_owned() }
    }

    /// A column's value as an instant, Unix seconds.
    pub(crate) fn time(&self, column: &str) -> String {
        unix(&self.at(column))
    }

    /// Whether a column was declared to hold text.
    pub(crate) fn is_text(&self, column: &str) -> bool {
        let found = self.table.column(Engine::Sqlite, column);
        found.is_some_and(|column| column.ty.canonical == "TEXT")
    }

    /// The instant of the adoption, in SQL.
    fn now(&self) -> String {
        format!("{:?}", self.now)
    }
}

/// The first of several expressions that is not NULL.
fn first<const N: usize>(expressions: &[String; N]) -> String {
    format!("COALESCE({})", expressions.join(", "))
}
