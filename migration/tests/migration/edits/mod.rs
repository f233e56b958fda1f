//! Edits of entities, the revision that each asks for, and what that revision does to rows.
//!
//! The revisions in `written/` are what is written today, to the letter, and are compiled into these tests.
//! `ALMANAC_WRITE_REVISIONS=1` writes them anew.

mod rows;
mod run;

use almanac_database::Database::{self, Astrid, DataRegistry, Hdf5};
use migration_schema::{ColumnRename, Fill, Hints, TableRename};
use sea_orm_migration::prelude::{ColumnDef, Expr, ForeignKey, ForeignKeyAction, Index};

use self::run::{is_written, runs};
use super::support::{Edited, Engine, named_table};

/// An edit, and what its author says of it.
pub(super) struct Edit {
    database: Database,
    hints: Hints,
    /// What the way there takes from rows, as `table` or `table.column`; its author allowed that.
    loses: &'static [&'static str],
    make: fn(&mut Edited),
}

fn edit(database: Database, make: fn(&mut Edited)) -> Edit {
    Edit { database, hints: Hints::default(), loses: &[], make }
}

impl Edit {
    fn losing(self, loses: &'static [&'static str]) -> Self {
        Self { loses, ..self }
    }

    fn filling(mut self, table: &str, column: &str, value: &str) -> Self {
        let (table, column, value) = (table.to_owned(), column.to_owned(), value.to_owned());
        self.hints.fills.push(Fill { table, column, value });
        self
    }

    fn renaming_table(mut self, from: &str, to: &str) -> Self {
        self.hints.tables.push(TableRename { from: from.to_owned(), to: to.to_owned() });
        self
    }

    fn renaming_column(mut self, table: &str, from: &str, to: &str) -> Self {
        let (table, from, to) = (table.to_owned(), from.to_owned(), to.to_owned());
        self.hints.columns.push(ColumnRename { table, from, to });
        self
    }
}

/// Each edit with its name: the revision of the same name is what is written for it, compiles, and runs over rows
/// on both engines, there and back.
macro_rules! edits {
    ($($name:ident: $edit:expr;)+) => {
        mod written {
            $(pub(super) mod $name;)+
        }

        mod source {
            use super::*;
            $(
                #[tokio::test]
                async fn $name() {
                    is_written(stringify!($name), &$edit).await;
                }
            )+
        }

        mod sqlite {
            use super::*;
            $(
                #[tokio::test]
                async fn $name() {
                    runs(Engine::Sqlite, &$edit, &written::$name::Migration).await;
                }
            )+
        }

        mod postgres {
            use super::*;
            $(
                #[tokio::test]
                async fn $name() {
                    runs(Engine::Postgres, &$edit, &written::$name::Migration).await;
                }
            )+
        }
    };
}

const LOCATIONS: &str = "storage_locations";

edits! {
    column_added: edit(Hdf5, |all| {
        all.add(LOCATIONS, ColumnDef::new("owner").text().take());
    });
    column_added_with_default: edit(Hdf5, |all| {
        all.add(LOCATIONS, ColumnDef::new("full").boolean().not_null().default(false).take());
    });
    column_added_with_fill: edit(Hdf5, |all| {
        all.add(LOCATIONS, ColumnDef::new("owner").text().not_null().take());
    }).filling(LOCATIONS, "owner", "name");
    column_dropped: edit(Hdf5, |all| {
        all.columns(LOCATIONS, |column| {
            (column.get_column_name() != "description").then_some(column)
        });
    }).losing(&["storage_locations.description"]);
    column_dropped_anew: edit(Hdf5, |all| {
        all.columns(LOCATIONS, |column| {
            (column.get_column_name() != "description").then_some(column)
        });
        all.column(LOCATIONS, &ColumnDef::new("path").text().take());
    }).losing(&["storage_locations.description"]);
    column_renamed: edit(Hdf5, |all| {
        all.columns(LOCATIONS, |column| {
            let renamed = column.get_column_name() == "description";
            Some(if renamed { ColumnDef::new("purpose").text().take() } else { column })
        });
    }).renaming_column(LOCATIONS, "description", "purpose");
    null_refused: edit(Hdf5, |all| {
        all.column("pointing_history", &ColumnDef::new("dec_deg").double().not_null().take());
    }).filling("pointing_history", "dec_deg", "0.5");
    null_allowed: edit(Hdf5, |all| {
        all.column(LOCATIONS, &ColumnDef::new("path").text().take());
    });
    default_added: edit(Hdf5, |all| {
        all.column(LOCATIONS, &ColumnDef::new("description").text().default("none").take());
    });
    default_changed: edit(DataRegistry, |all| {
        let status = ColumnDef::new("status").text().not_null().default("published").take();
        all.column("data_registry", &status);
    });
    default_removed: edit(Hdf5, |all| {
        all.column("hdf5_file_index", &ColumnDef::new("stored").boolean().take());
    });
    type_shortened: edit(Hdf5, |all| {
        all.column(LOCATIONS, &ColumnDef::new("path").string_len(200).not_null().take());
    });
    type_to_text: edit(Hdf5, |all| {
        all.column("hdf5_file_index", &ColumnDef::new("subband_num").text().take());
    });
    index_added: edit(Hdf5, |all| {
        let index = Index::create().name("any").table(LOCATIONS).col("path").take();
        all.table(LOCATIONS).indexes.push(index);
    });
    unique_added: edit(Hdf5, |all| {
        let mut index = Index::create();
        index.name("any").table(LOCATIONS).col("path").col("name").unique();
        all.table(LOCATIONS).indexes.push(index);
    });
    unique_dropped: edit(Hdf5, |all| {
        all.column(LOCATIONS, &ColumnDef::new("name").text().not_null().take());
    });
    check_added: edit(Hdf5, |all| {
        let check = Expr::cust("length(path) > 0");
        all.column(LOCATIONS, &ColumnDef::new("path").text().not_null().check(check).take());
    });
    foreign_key_added: edit(DataRegistry, |all| {
        let mut key = ForeignKey::create();
        key.from("data_tags", "tag").to("data_registry", "data_id");
        all.table("data_tags").table.foreign_key(&mut key);
    });
    foreign_key_cascades: edit(DataRegistry, |all| {
        let mut key = ForeignKey::create();
        key.from("data_tags", "data_id").to("data_registry", "data_id");
        key.on_delete(ForeignKeyAction::Cascade);
        all.foreign_keys("data_tags", vec![key]);
    });
    foreign_key_dropped: edit(DataRegistry, |all| all.foreign_keys("data_tags", Vec::new()));
    primary_key_widened: edit(Hdf5, |all| {
        let mut index = Index::create();
        all.columns("pointing_history", |mut column| {
            if column.get_column_name() == "timestamp" {
                column = ColumnDef::new("timestamp").double().not_null().take();
            }
            if column.get_column_name() == "ra_deg" {
                column.not_null();
            }
            Some(column)
        });
        let pointing = all.table("pointing_history");
        pointing.table.primary_key(index.col("timestamp").col("ra_deg").primary());
    });
    label_added: edit(Astrid, |all| {
        all.labels("observation_status", |labels| labels.push("lost".to_owned()));
    });
    enumeration_added: edit(Hdf5, |all| {
        let mut state = ColumnDef::new("state");
        state.enumeration("location_state", ["online", "archived"]).not_null().default("online");
        all.add(LOCATIONS, state);
    });
    tables_added: edit(Hdf5, |all| {
        let mut visits = named_table("visits");
        let mut key = ForeignKey::create();
        key.from("visits", "name").to("observers", "name").on_delete(ForeignKeyAction::Cascade);
        visits.table.foreign_key(&mut key);
        visits.indexes.push(Index::create().name("x").table("visits").col("seen_mjd").take());
        all.0.push(visits);
        all.0.push(named_table("observers"));
    });
    table_renamed: edit(Hdf5, |all| {
        all.table(LOCATIONS).table.table("locations");
    }).renaming_table(LOCATIONS, "locations");
    table_dropped: edit(Hdf5, |all| all.0.retain(|table| table.name() != "pointing_history"))
        .losing(&["pointing_history"]);
}
