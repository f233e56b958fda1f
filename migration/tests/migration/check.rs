//! The three verdicts, each alone.

use almanac_database::Database;
use almanac_migration::{Target, check, open, revisions, upgrade};
use migration_schema::Difference;
use sea_orm_migration::prelude::ConnectionTrait;

use super::support::{Engine, Place, engines};

engines!(verdicts_are_kept_apart, revisions_go_and_come_on_every_database);

async fn verdicts_are_kept_apart(engine: Engine) {
    let place = Place::new(Database::Hdf5, engine);
    let before = check(&place.address).await.unwrap();
    let all = revisions(Database::Hdf5).all();
    assert_eq!(before.pending, all);
    assert!(before.model.is_empty());

    upgrade(&place.address, &Target::Steps(2), |_| {}).await.unwrap();
    let behind = check(&place.address).await.unwrap();
    assert_eq!(behind.pending, all[2..]);
    assert!(behind.live.as_ref().unwrap().is_clean(), "{behind:?}");
    assert!(behind.model.is_empty() && !behind.is_clean());

    upgrade(&place.address, &Target::Head, |_| {}).await.unwrap();
    assert!(check(&place.address).await.unwrap().is_clean());

    let connection = open(&place.address).await.unwrap();
    let by_hand = "ALTER TABLE storage_locations ADD COLUMN by_hand TEXT";
    connection.execute_unprepared(by_hand).await.unwrap();
    connection.close().await.unwrap();
    let changed = check(&place.address).await.unwrap();
    assert!(changed.model.is_empty() && changed.pending.is_empty(), "{changed:?}");
    let found: Vec<String> =
        changed.live.unwrap().differences.iter().map(Difference::to_string).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("by_hand"), "{found:?}");
}

async fn revisions_go_and_come_on_every_database(engine: Engine) {
    for database in Database::ALL {
        let place = Place::new(database, engine);
        let scripts = revisions(database).scripts(&place.address).await.unwrap();
        assert!(scripts.iter().all(|script| !script.down.is_empty()), "{database}");
    }
}
