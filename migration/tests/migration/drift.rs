//! Entities and revisions agree; an entity that is edited does not, and nothing that it states is missed.

use almanac_database::Database;
use almanac_migration::drift;

use super::support::{Engine, Place};

macro_rules! agree {
    ($engine:ident: $($test:ident => $database:ident,)+) => {
        use almanac_database::Database;

        // A database that is missing here does not compile.
        const _: [Database; Database::ALL.len()] = [$(Database::$database),+];

        $(
            #[tokio::test]
            async fn $test() {
                super::agree(super::Engine::$engine, Database::$database).await;
            }
        )+
    };
    ($module:ident $engine:ident) => {
        mod $module {
            agree!($engine:
                ingest_agrees => Ingest,
                cal_registry_agrees => CalRegistry,
                products_agrees => Products,
                master_sources_agrees => MasterSources,
                calibrators_agrees => Calibrators,
                hdf5_agrees => Hdf5,
                data_registry_agrees => DataRegistry,
                astrid_agrees => Astrid,
            );
        }
    };
}

agree!(sqlite Sqlite);
agree!(postgres Postgres);

async fn agree(engine: Engine, database: Database) {
    let place = Place::new(database, engine);
    let found: Vec<String> =
        drift(&place.address).await.unwrap().iter().map(ToString::to_string).collect();
    assert!(found.is_empty(), "{database}:\n{}", found.join("\n"));
}
