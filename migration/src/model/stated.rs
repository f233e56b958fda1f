//! The tables of a database as its entities state them.

use almanac_database::Database;
use almanac_entity::{Table, Visitor, visit};
use migration_schema::ColumnRename;
use sea_orm_migration::{
    sea_orm::{DbBackend, Schema},
    sea_query::{ColumnType, IndexCreateStatement, TableCreateStatement, TableRef},
};

/// A table as its entity states it, for either engine: a column of an enumeration has its labels with it.
#[derive(Clone, Debug)]
pub struct Stated {
    /// What makes the table.
    pub table: TableCreateStatement,
    /// What makes its indexes.
    pub indexes: Vec<IndexCreateStatement>,
}

/// The tables of `database`, views aside, in the order in which they were added.
pub fn stated(database: Database) -> Vec<Stated> {
    let mut collect = Collect(Vec::new());
    visit(database, &mut collect);
    collect.0
}

struct Collect(Vec<Stated>);

impl Visitor for Collect {
    fn visit<T: Table>(&mut self) {
        if T::IS_VIEW {
            return;
        }
        // For SQLite SeaORM leaves the labels where they are; else the statements are the same for both.
        let schema = Schema::new(DbBackend::Sqlite);
        self.0.push(Stated {
            table: schema.create_table_from_entity(T::default()),
            indexes: schema.create_index_from_entity(T::default()),
        });
    }
}

impl Stated {
    /// The table's name.
    pub fn name(&self) -> String {
        self.table.get_table_name().map(name).unwrap_or_default()
    }

    /// Its columns of an enumeration: name, type and labels.
    pub(crate) fn enumerations(&self) -> impl Iterator<Item = (String, String, Vec<String>)> + '_ {
        self.table.get_columns().iter().filter_map(|column| match column.get_column_type() {
            Some(ColumnType::Enum { name, variants }) => {
                let labels = variants.iter().map(ToString::to_string).collect();
                Some((column.get_column_name(), name.to_string(), labels))
            }
            _ => None,
        })
    }

    /// Its columns that say which name they had, by `#[sea_orm(renamed_from = "…")]`. SeaORM hands that on as a
    /// remark on the column.
    pub(crate) fn renamed(&self) -> impl Iterator<Item = ColumnRename> + '_ {
        self.table.get_columns().iter().filter_map(|column| {
            let remark = column.get_column_spec().comment.as_deref()?;
            let (_, from) = remark.rsplit_once("renamed_from \"")?;
            Some(ColumnRename {
                table: self.name(),
                from: from.strip_suffix('"')?.to_owned(),
                to: column.get_column_name(),
            })
        })
    }

    /// The other tables that it refers to.
    fn parents(&self) -> impl Iterator<Item = String> + '_ {
        let keys = self.table.get_foreign_key_create_stmts().iter();
        let parents = keys.filter_map(|key| key.get_foreign_key().get_ref_table().map(name));
        parents.filter(|parent| *parent != self.name())
    }
}

/// The tables, each after those that it refers to.
pub(crate) fn parents_first(tables: &[Stated]) -> Vec<&Stated> {
    let mut waiting: Vec<&Stated> = tables.iter().collect();
    let mut ordered = Vec::with_capacity(tables.len());
    while !waiting.is_empty() {
        let waits = |table: &Stated| {
            table.parents().any(|parent| waiting.iter().any(|one| one.name() == parent))
        };
        // In a circle one order is as bad as any; the engine says so.
        let next = waiting.iter().position(|table| !waits(table)).unwrap_or_default();
        ordered.push(waiting.remove(next));
    }
    ordered
}

fn name(table: &TableRef) -> String {
    match table {
        TableRef::Table(name, _) => name.1.to_string(),
        _ => String::new(),
    }
}
