//! Databases to test with: in memory, or a schema of their own on a PostgreSQL server.

use std::{env, future::Future, panic::resume_unwind, process};

use almanac_database::{Address, Database, Location, Mode, Origin, connect};
use almanac_service::{Sessions, Writer};
use sea_orm::ConnectionTrait;
use sea_orm_migration::MigratorTraitSelf;

/// What a test runs on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

/// Makes two tests of each function named, `sqlite::name` and `postgres::name`; the function is async and
/// takes the [`Writer`] of a migrated database.
macro_rules! engines {
    ($database:ident: $($name:ident),+ $(,)?) => {
        engines!(@engine sqlite Sqlite $database $($name)+);
        engines!(@engine postgres Postgres $database $($name)+);
    };
    (@engine $module:ident $engine:ident $database:ident $($name:ident)+) => {
        mod $module {
            $(
                #[tokio::test]
                async fn $name() {
                    use $crate::support::{Engine, run};
                    let database = almanac_database::Database::$database;
                    let name = concat!(module_path!(), "_", stringify!($name));
                    run(Engine::$engine, database, name, super::$name).await;
                }
            )+
        }
    };
}

/// Runs `test` on a new database and removes that, whatever comes of it.
pub(crate) async fn run<F, T>(engine: Engine, database: Database, name: &str, test: F)
where
    F: FnOnce(Writer) -> T,
    T: Future<Output = ()> + Send + 'static,
{
    let origin = Origin::Argument("test");
    let location = match engine {
        Engine::Sqlite => Location::Memory,
        Engine::Postgres => {
            let url = env::var("TEST_POSTGRES_URL")
                .unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned());
            Location::parse(&url).unwrap()
        }
    };
    let mut address = Address::new(database, location, origin);
    address.schema = format!("t{}_{}", process::id(), name.replace("::", "_"));
    address.schema.truncate(63);
    let sessions = Sessions::new(vec![address.clone()]);
    let migrator = match engine {
        Engine::Sqlite => sessions.writer(database).await.unwrap().connection().clone(),
        Engine::Postgres => connect(&address, Mode::Migrate).await.unwrap(),
    };
    revisions(database).up(&migrator, None).await.unwrap();
    let outcome = tokio::spawn(test(sessions.writer(database).await.unwrap())).await;
    if let Engine::Postgres = engine {
        let drop = format!("DROP SCHEMA \"{}\" CASCADE", address.schema);
        migrator.execute_unprepared(&drop).await.unwrap();
    }
    if let Err(error) = outcome {
        resume_unwind(error.into_panic());
    }
}

pub(crate) fn revisions(database: Database) -> migration_support::Revisions {
    match database {
        Database::Products => migration_products::revisions(),
        Database::CalRegistry => migration_cal_registry::revisions(),
        Database::MasterSources => migration_master_sources::revisions(),
        Database::Hdf5 => migration_hdf5::revisions(),
        Database::Ingest => migration_ingest::revisions(),
        Database::Calibrators => migration_calibrators::revisions(),
        Database::Astrid => migration_astrid::revisions(),
        Database::DataRegistry => migration_data_registry::revisions(),
    }
}
