//! Several databases to test with at once.

use std::{env, future::Future, panic::resume_unwind, path::Path, pin::Pin, process};

use almanac_database::{Address, Database, Location, Mode, Origin, connect};
use almanac_entity::Table;
use almanac_service::{Repository, Sessions, Writer};
use sea_orm::{ConnectionTrait, IntoActiveModel};
use sea_orm_migration::MigratorTraitSelf;

use crate::support::{Engine, revisions};

/// Makes two tests of each function named, `sqlite::name` and `postgres::name`; the function is async and
/// takes the [`Sessions`] of the databases named, migrated.
macro_rules! several {
    ([$($database:ident),+]: $($name:ident),+ $(,)?) => {
        several!(@engine sqlite Sqlite [$($database),+] $($name)+);
        several!(@engine postgres Postgres [$($database),+] $($name)+);
    };
    (@engine $module:ident $engine:ident $databases:tt $($name:ident)+) => {
        mod $module {
            $(several!(@test $engine $databases $name);)+
        }
    };
    (@test $engine:ident [$($database:ident),+] $name:ident) => {
        #[tokio::test]
        async fn $name() {
            let databases = [$(almanac_database::Database::$database),+];
            let name = concat!(module_path!(), "_", stringify!($name));
            let engine = $crate::support::Engine::$engine;
            $crate::several::run(engine, &databases, name, super::$name).await;
        }
    };
}

/// Runs `test` on new databases and removes them, whatever comes of it. The databases that are not named
/// are where nothing is.
pub(crate) async fn run<F, T>(engine: Engine, databases: &[Database], name: &str, test: F)
where
    F: FnOnce(Sessions) -> T,
    T: Future<Output = ()> + Send + 'static,
{
    let addresses = Database::ALL.map(|database| {
        let location = if databases.contains(&database) {
            location(engine)
        } else {
            Location::File(Path::new("/nowhere").join(database.file_name()))
        };
        let mut address = Address::new(database, location, Origin::Argument("test"));
        address.schema = format!("t{}_{database}_{}", process::id(), name.replace("::", "_"));
        address.schema.truncate(63);
        address
    });
    let sessions = Sessions::new(addresses.to_vec());
    let mut migrators = Vec::new();
    for database in databases {
        let address = &addresses[*database as usize];
        let migrator = match engine {
            Engine::Sqlite => sessions.writer(*database).await.unwrap().connection().clone(),
            Engine::Postgres => connect(address, Mode::Migrate).await.unwrap(),
        };
        revisions(*database).up(&migrator, None).await.unwrap();
        migrators.push((migrator, address));
    }
    let outcome = tokio::spawn(test(sessions)).await;
    for (migrator, address) in migrators {
        if let Engine::Postgres = engine {
            let drop = format!("DROP SCHEMA \"{}\" CASCADE", address.schema);
            migrator.execute_unprepared(&drop).await.unwrap();
        }
    }
    if let Err(error) = outcome {
        resume_unwind(error.into_panic());
    }
}

fn location(engine: Engine) -> Location {
    match engine {
        Engine::Sqlite => Location::Memory,
        Engine::Postgres => {
            let url = env::var("TEST_POSTGRES_URL")
                .unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned());
            Location::parse(&url).unwrap()
        }
    }
}

/// Writes rows of one table.
pub(crate) fn fill<'s, E: Table>(
    sessions: &'s Sessions,
    _table: E,
    rows: impl IntoIterator<Item = E::ActiveModel>,
) -> Pin<Box<dyn Future<Output = ()> + Send + 's>>
where
    E::Model: IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: Send + 's,
{
    let rows: Vec<E::ActiveModel> = rows.into_iter().collect();
    Box::pin(async move {
        let writer: Writer = sessions.writer(E::DATABASE).await.unwrap();
        Repository::<_, E>::new(&writer).insert_many(rows).await.unwrap();
    })
}
