//! What is shown of each edit.

use std::{env, fs, path::PathBuf};

use almanac_database::{Mode, connect};
use almanac_migration::{Request, autogenerate_of, live_drift_of, revisions, verify};
use migration_support::ALLOW_DATA_LOSS;
use sea_orm::TransactionTrait;
use sea_orm_migration::{
    MigratorTraitSelf,
    prelude::{DbErr, MigrationTrait, SchemaManager},
    sea_orm::DatabaseConnection,
};

use super::{
    Edit,
    rows::{When, cells, fill},
};
use crate::{
    formatted::assert_formatted,
    support::{Edited, Engine, Place},
};

/// The revision that is written for an edit is the one in `written/`.
pub(super) async fn is_written(name: &str, edit: &Edit) {
    let place = Place::new(edit.database, Engine::Postgres);
    let mut edited = Edited::new(edit.database);
    (edit.make)(&mut edited);
    let request = Request {
        address: &place.address,
        server: None,
        date: "20261122",
        message: &name.replace('_', " "),
        hints: &edit.hints,
        allow_destructive: !edit.loses.is_empty(),
    };
    let revision = autogenerate_of(&edited.0, &request).await.unwrap().expect("something differs");
    assert_formatted(&revision.source);
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/migration/edits/written");
    let file = PathBuf::from(folder).join(format!("{name}.rs"));
    if env::var_os("ALMANAC_WRITE_REVISIONS").is_some() {
        fs::write(&file, &revision.source).unwrap();
    }
    let kept = fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(kept, revision.source, "ALMANAC_WRITE_REVISIONS=1 writes {name}.rs anew");
}

/// The revision makes what the edit asks for of a database with rows, takes nothing from them that its author did not
/// give, and leads back to where it began.
pub(super) async fn runs(engine: Engine, edit: &Edit, revision: &dyn MigrationTrait) {
    let place = Place::new(edit.database, engine);
    let connection = connect(&place.address, Mode::Migrate).await.unwrap();
    revisions(edit.database).up(&connection, None).await.unwrap();
    fill(&connection, edit.database).await;
    let before = cells(&connection, edit, When::Before).await;

    within(&connection, async |manager| revision.up(manager).await).await.unwrap();
    let mut edited = Edited::new(edit.database);
    (edit.make)(&mut edited);
    let left = live_drift_of(&edited.0, &place.address).await.unwrap();
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(cells(&connection, edit, When::Edited).await, before);

    within(&connection, async |manager| revision.down(manager).await).await.unwrap();
    let verdict = verify(&place.address).await.unwrap();
    assert!(verdict.is_clean(), "{:?}", verdict.faults());
    assert_eq!(cells(&connection, edit, When::Before).await, before);
    connection.close().await.unwrap();
}

/// Runs one direction of a revision as migrators do: in a transaction, with the loss allowed that its author allowed.
async fn within(
    connection: &DatabaseConnection,
    way: impl AsyncFnOnce(&SchemaManager<'_>) -> Result<(), DbErr>,
) -> Result<(), DbErr> {
    let transaction = connection.begin().await?;
    ALLOW_DATA_LOSS.scope(true, way(&SchemaManager::new(&transaction))).await?;
    transaction.commit().await
}
