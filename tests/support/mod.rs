//! What the integration tests share: databases to test with, and a reader of their schema.

#![allow(dead_code, unused_imports, unused_macros, reason = "each test binary uses a part of it")]

mod database;
mod engine;
mod postgres;
mod schema;
mod sql;

pub(crate) use almanac_migration::revisions;
pub(crate) use database::{TestDatabase, connect};
pub(crate) use engine::{Engine, engines};
pub(crate) use postgres::Server;
pub(crate) use schema::{Column, ForeignKey, Index, Schema, Table, View, assert_same, differences};

/// Makes a test for each engine and database of each function named, such as
/// `sqlite::name::products`; the function is async and takes an [`Engine`] and a
/// [`Database`](almanac_database::Database). Once in a module.
macro_rules! databases {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $( $crate::support::databases!(@each $name Sqlite); )+
        }

        mod postgres {
            $( $crate::support::databases!(@each $name Postgres); )+
        }
    };
    (@each $name:ident $engine:ident) => {
        mod $name {
            $crate::support::databases!(@tests $name $engine:
                ingest => Ingest,
                cal_registry => CalRegistry,
                products => Products,
                master_sources => MasterSources,
                calibrators => Calibrators,
                hdf5 => Hdf5,
                data_registry => DataRegistry,
                astrid => Astrid,
            );
        }
    };
    (@tests $name:ident $engine:ident: $($test:ident => $database:ident,)+) => {
        use almanac_database::Database;

        // A database that is missing here does not compile.
        const _: [Database; Database::ALL.len()] = [$(Database::$database),+];

        $(
            #[tokio::test]
            async fn $test() {
                let engine = $crate::support::Engine::$engine;
                super::super::$name(engine, Database::$database).await;
            }
        )+
    };
}

pub(crate) use databases;
