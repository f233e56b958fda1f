//! What revisions print is what they do, and what they did is found again.

use almanac_database::{Address, Database, Mode};
use almanac_migration::verify;
use sea_orm::{ConnectionTrait, DatabaseConnection};

use crate::support::{
    Engine, Schema, TestDatabase, assert_same, connect, databases, engines, revisions,
};

mod printed {
    use super::*;

    databases!(statements_make_and_unmake_the_schema, nothing_differs_after_an_upgrade);

    async fn statements_make_and_unmake_the_schema(engine: Engine, database: Database) {
        let upgraded = TestDatabase::migrated(database, engine).await;
        let by_hand = TestDatabase::new(database, engine).await;
        let scripts = revisions(database).scripts(by_hand.address()).await.unwrap();
        let connection = migrator(by_hand.address()).await;
        for script in &scripts {
            run(&connection, &script.up).await;
        }
        let (made, expected) = (Schema::read(&connection).await, schema(upgraded.address()).await);
        assert_same(&expected, &made, "by hand");
        for script in scripts.iter().rev() {
            run(&connection, &script.down).await;
        }
        assert_same(&Schema::default(), &Schema::read(&connection).await, "after all went down");
    }

    async fn nothing_differs_after_an_upgrade(engine: Engine, database: Database) {
        let test = TestDatabase::migrated(database, engine).await;
        let verdict = verify(test.address()).await.unwrap();
        assert_eq!(verdict.faults(), Vec::<String>::new());
        assert_eq!(verdict.unmanaged, Vec::<String>::new());
    }
}

engines!(what_people_change_by_hand_is_named);

async fn what_people_change_by_hand_is_named(engine: Engine) {
    let test = TestDatabase::migrated(Database::Hdf5, engine).await;
    let connection = connect(test.address()).await;
    run(
        &connection,
        &[
            "ALTER TABLE hdf5_file_index ADD COLUMN weather TEXT".to_owned(),
            "CREATE TABLE somebody_s (id INTEGER)".to_owned(),
        ],
    )
    .await;
    connection.close().await.unwrap();
    let verdict = verify(test.address()).await.unwrap();
    let faults = verdict.faults();
    assert!(faults.len() == 1 && faults[0].contains("weather"), "{faults:?}");
    assert_eq!(verdict.unmanaged, ["table somebody_s"]);
}

async fn run(connection: &DatabaseConnection, statements: &[String]) {
    for sql in statements {
        connection.execute_unprepared(sql).await.unwrap_or_else(|error| panic!("{error}: {sql}"));
    }
}

async fn schema(address: &Address) -> Schema {
    let connection = connect(address).await;
    Schema::read(&connection).await
}

async fn migrator(address: &Address) -> DatabaseConnection {
    almanac_database::connect(address, Mode::Migrate).await.unwrap()
}
