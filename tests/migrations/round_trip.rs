//! Every revision goes up, down and up again.

use almanac_database::Database;
use sea_orm_migration::MigratorTraitSelf;

use crate::support::{Engine, Schema, TestDatabase, assert_same, databases, revisions};

databases!(up_then_down_to_nothing_then_up, each_revision_down_and_up_again);

async fn up_then_down_to_nothing_then_up(engine: Engine, database: Database) {
    let test = TestDatabase::new(database, engine).await;
    let (connection, revisions) = (test.connection().await, revisions(database));

    revisions.up(&connection, None).await.unwrap();
    let head = Schema::read(&connection).await;
    assert!(!head.tables.is_empty());

    revisions.down(&connection, None).await.unwrap();
    assert_same(&Schema::default(), &Schema::read(&connection).await, "after all went down");
    let applied = revisions.applied(&connection).await.unwrap();
    assert!(applied.iter().all(|(_, applied)| !applied), "{applied:?}");

    revisions.up(&connection, None).await.unwrap();
    assert_same(&head, &Schema::read(&connection).await, "after all went up again");
}

async fn each_revision_down_and_up_again(engine: Engine, database: Database) {
    let test = TestDatabase::new(database, engine).await;
    let (connection, revisions) = (test.connection().await, revisions(database));
    let names: Vec<_> = revisions.migrations().iter().map(|it| it.name().to_owned()).collect();

    let mut before = Schema::read(&connection).await;
    for (applied, name) in names.iter().enumerate() {
        revisions.up(&connection, Some(1)).await.unwrap();
        let after = Schema::read(&connection).await;

        revisions.down(&connection, Some(1)).await.unwrap();
        assert_same(&before, &Schema::read(&connection).await, &format!("{name} down"));
        let books = revisions.applied(&connection).await.unwrap();
        assert_eq!(books.iter().filter(|(_, applied)| *applied).count(), applied);

        revisions.up(&connection, Some(1)).await.unwrap();
        assert_same(&after, &Schema::read(&connection).await, &format!("{name} up again"));
        before = after;
    }
}
