//! Where the tests' databases are, and entities that were edited.

use almanac_database::{Address, Database, Location, Origin};
use almanac_migration::{Stated, stated};
use sea_orm_migration::sea_query::{
    ColumnDef, ColumnType, ForeignKeyCreateStatement, IntoIden, TableCreateStatement,
};
use tempfile::TempDir;

pub(crate) use super::engine::{Engine, engines};
use super::postgres::Scratch;

/// A database of its own, empty at first, gone with this.
pub(crate) struct Place {
    pub(crate) address: Address,
    _folder: Option<TempDir>,
    _server: Option<Scratch>,
}

impl Place {
    pub(crate) fn new(database: Database, engine: Engine) -> Self {
        let (location, folder, server) = match engine {
            Engine::Sqlite => {
                let folder = TempDir::new().unwrap();
                let file = folder.path().join(database.file_name());
                (Location::File(file), Some(folder), None)
            }
            Engine::Postgres => {
                let server = Scratch::create();
                (Location::parse(server.url()).unwrap(), None, Some(server))
            }
        };
        let address = Address::new(database, location, Origin::Argument("test"));
        Self { address, _folder: folder, _server: server }
    }
}

/// The tables of a database, to be edited as a programmer edits entities.
pub(crate) struct Edited(pub(crate) Vec<Stated>);

impl Edited {
    pub(crate) fn new(database: Database) -> Self {
        Self(stated(database))
    }

    pub(crate) fn table(&mut self, name: &str) -> &mut Stated {
        self.0.iter_mut().find(|table| table.name() == name).unwrap()
    }

    /// The table with its columns changed; one that becomes none goes.
    pub(crate) fn columns(
        &mut self,
        table: &str,
        edit: impl Fn(ColumnDef) -> Option<ColumnDef>,
    ) -> &mut Self {
        let stated = self.table(table);
        let mut anew = TableCreateStatement::new();
        if let Some(name) = stated.table.get_table_name() {
            anew.table(name.clone());
        }
        for column in stated.table.get_columns().clone().into_iter().filter_map(edit) {
            anew.col(column);
        }
        for key in stated.table.get_foreign_key_create_stmts() {
            anew.foreign_key(&mut key.clone());
        }
        for index in stated.table.get_indexes() {
            if index.is_primary_key() {
                anew.primary_key(&mut index.clone());
            } else {
                anew.index(&mut index.clone());
            }
        }
        stated.table = anew;
        self
    }

    /// The table with other foreign keys.
    pub(crate) fn foreign_keys(&mut self, table: &str, keys: Vec<ForeignKeyCreateStatement>) {
        let stated = self.table(table);
        let mut anew = TableCreateStatement::new();
        anew.table(table.to_owned());
        for column in stated.table.get_columns().clone() {
            anew.col(column);
        }
        for index in stated.table.get_indexes() {
            anew.index(&mut index.clone());
        }
        for mut key in keys {
            anew.foreign_key(&mut key);
        }
        stated.table = anew;
    }

    /// The table with another definition of one column.
    pub(crate) fn column(&mut self, table: &str, column: &ColumnDef) -> &mut Self {
        let name = column.get_column_name();
        self.columns(table, |one| {
            Some(if one.get_column_name() == name { column.clone() } else { one })
        })
    }

    /// The table with one more column.
    pub(crate) fn add(&mut self, table: &str, column: ColumnDef) -> &mut Self {
        self.table(table).table.col(column);
        self
    }
}

impl Edited {
    /// Every column of an enumeration with its labels changed.
    pub(crate) fn labels(&mut self, of: &str, edit: impl Fn(&mut Vec<String>)) {
        let tables: Vec<String> = self.0.iter().map(Stated::name).collect();
        for table in tables {
            self.columns(&table, |column| {
                let Some(ColumnType::Enum { name, variants }) = column.get_column_type() else {
                    return Some(column);
                };
                if name.to_string() != of {
                    return Some(column);
                }
                let mut labels: Vec<String> = variants.iter().map(ToString::to_string).collect();
                edit(&mut labels);
                let ty = ColumnType::Enum {
                    name: name.clone(),
                    variants: labels.into_iter().map(IntoIden::into_iden).collect(),
                };
                let mut anew = ColumnDef::new_with_type(column.get_column_name(), ty);
                let spec = column.get_column_spec();
                if spec.nullable == Some(false) {
                    anew.not_null();
                }
                if let Some(default) = &spec.default {
                    anew.default(default.clone());
                }
                Some(anew)
            });
        }
    }
}

/// A table that no revision makes.
pub(crate) fn named_table(name: &str) -> Stated {
    let mut table = TableCreateStatement::new();
    table
        .table(name.to_owned())
        .col(ColumnDef::new("id").big_integer().not_null().auto_increment().primary_key())
        .col(ColumnDef::new("name").text().not_null().unique_key())
        .col(ColumnDef::new("active").boolean().not_null().default(true))
        .col(ColumnDef::new("seen_mjd").double());
    Stated { table, indexes: Vec::new() }
}
