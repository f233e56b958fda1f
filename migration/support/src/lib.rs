//! What the revisions of all eight databases share.
//!
//! A revision states its tables with [`Table`] and the column functions of [`mod@column`], once for
//! SQLite and PostgreSQL, and says what becomes of them with the functions of [`change`]. [`Revisions`]
//! runs a database's revisions, each in a transaction of its own; [`main`] is the whole binary that
//! `sea-orm-cli migrate` calls.

mod adoption;
mod books;
mod cells;
pub mod change;
mod change_log;
pub mod column;
mod guard;
mod lock;
mod rebuild;
mod revisions;
mod runner;
mod scratch;
mod script;
mod suspicion;
mod table;

pub use almanac_database::Database;
pub use books::{Entry, How};
pub use cells::{Placed, add_cells, drop_cells};
pub use change::{add_columns, create_tables, drop_columns, drop_tables};
pub use change_log::change_log;
pub use column::{
    Column, bigint, boolean, decimal, enumeration, flag, int, json, pk, real, text, timestamp,
    uuid, varchar,
};
pub use guard::{ALLOW_DATA_LOSS, data_loss_allowed, refuse_foreign_file};
pub use lock::Lock;
pub use rebuild::rebuild_table;
pub use revisions::Revisions;
pub use runner::{address, main, open};
pub use scratch::Scratch;
pub use script::Script;
pub use suspicion::{calibration_suspects, calibration_suspicions};
pub use table::{Index, Table};

/// A revision that creates tables: the names of the functions that state them, parents first. Its way back
/// drops them.
#[macro_export]
macro_rules! creates {
    ($($table:ident),+ $(,)?) => {
        #[derive(DeriveMigrationName)]
        pub(crate) struct Migration;

        #[async_trait::async_trait]
        impl MigrationTrait for Migration {
            async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
                create_tables(manager, &[$($table()),+]).await
            }

            async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
                drop_tables(manager, &[$($table()),+]).await
            }
        }
    };
}

/// A revision that only adds indexes: each table with its own. Its way back drops them.
#[macro_export]
macro_rules! adds_indexes {
    ($($table:literal: $indexes:expr),+ $(,)?) => {
        #[derive(DeriveMigrationName)]
        pub(crate) struct Migration;

        #[async_trait::async_trait]
        impl MigrationTrait for Migration {
            async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
                $($crate::change::add_indexes(manager, $table, &$indexes).await?;)+
                Ok(())
            }

            async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
                $($crate::change::drop_indexes(manager, &$indexes).await?;)+
                Ok(())
            }
        }
    };
}

/// What every file of revisions imports.
pub mod prelude {
    pub use crate::{
        Column, Index, Table, add_columns, adds_indexes, bigint, boolean, create_tables, creates,
        decimal, drop_columns, drop_tables, enumeration, flag, int, json, pk, places, real, text,
        timestamp, uuid, varchar,
    };
    pub use sea_orm_migration::prelude::{
        ConnectionTrait, DbErr, DeriveMigrationName, DynIden, IntoIden, MigrationTrait,
        MigratorTrait, SchemaManager, async_trait,
    };
    pub use sea_orm_migration::sea_orm::DbBackend;
}
