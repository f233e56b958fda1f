//! Whatever an entity states, an edit of it is seen.

use almanac_database::Database;
use almanac_migration::drift_of;
use sea_orm_migration::prelude::{ColumnDef, ForeignKey, ForeignKeyAction, Index};

use super::support::{Edited, Engine, Place, engines, named_table};

engines!(
    columns,
    types_and_nullability_and_defaults,
    unique_keys_and_indexes,
    foreign_keys,
    tables,
    labels,
    primary_keys,
);

/// What is found on `engine` when the entities of `database` are edited so.
async fn found(engine: Engine, database: Database, edit: impl FnOnce(&mut Edited)) -> Vec<String> {
    let place = Place::new(database, engine);
    let mut edited = Edited::new(database);
    edit(&mut edited);
    let found = drift_of(&edited.0, &place.address).await.unwrap();
    found.iter().map(ToString::to_string).collect()
}

/// One thing is found, and its line has these words.
#[track_caller]
fn one(found: &[String], words: &[&str]) {
    let [line] = found else { panic!("{words:?}: {found:?}") };
    for word in words {
        assert!(line.contains(word), "{word}: {line}");
    }
}

async fn columns(engine: Engine) {
    let more = found(engine, Database::Hdf5, |edited| {
        edited.add("storage_locations", ColumnDef::new("owner").text().take());
    });
    one(&more.await, &["storage_locations: column owner", "is missing"]);
    let less = found(engine, Database::Hdf5, |edited| {
        edited.columns("storage_locations", |column| {
            (column.get_column_name() != "description").then_some(column)
        });
    });
    one(&less.await, &["storage_locations: column description", "should not be there"]);
}

async fn types_and_nullability_and_defaults(engine: Engine) {
    for (column, words) in [
        (ColumnDef::new("description").double().take(), ["description: type is", "should be"]),
        (ColumnDef::new("description").uuid().take(), ["description: type is", "should be uuid"]),
        (
            ColumnDef::new("description").timestamp_with_time_zone().take(),
            ["description: type is", "should be timestamp"],
        ),
        (
            ColumnDef::new("description").text().not_null().take(),
            ["description: nullability", "should be NOT NULL"],
        ),
        (ColumnDef::new("path").text().take(), ["path: nullability is NOT NULL", "should be NULL"]),
        (
            ColumnDef::new("description").text().default("").take(),
            ["description: default is none", "should be ''"],
        ),
    ] {
        let found = found(engine, Database::Hdf5, |edited| {
            edited.column("storage_locations", &column);
        });
        one(&found.await, &words);
    }
    let other = found(engine, Database::Hdf5, |edited| {
        edited.column("hdf5_file_index", &ColumnDef::new("stored").boolean().default(false).take());
    });
    one(&other.await, &["stored: default is", "should be"]);
    let none = found(engine, Database::Hdf5, |edited| {
        edited.column("hdf5_file_index", &ColumnDef::new("stored").boolean().take());
    });
    one(&none.await, &["stored: default is", "should be none"]);
}

async fn unique_keys_and_indexes(engine: Engine) {
    let dropped = found(engine, Database::Hdf5, |edited| {
        edited.column("storage_locations", &ColumnDef::new("name").text().not_null().take());
    });
    one(&dropped.await, &["storage_locations", "(name)", "should not be there"]);
    let more = found(engine, Database::Hdf5, |edited| {
        let index = Index::create()
            .name("idx-storage_locations-place")
            .table("storage_locations")
            .col("path")
            .col("name")
            .unique()
            .take();
        edited.table("storage_locations").indexes.push(index);
    });
    one(&more.await, &["unique uq_storage_locations_path_name (path, name)", "is missing"]);
    let plain = found(engine, Database::Hdf5, |edited| {
        let index = Index::create().name("any").table("storage_locations").col("path").take();
        edited.table("storage_locations").indexes.push(index);
    });
    one(&plain.await, &["idx_storage_locations_path (path)", "is missing"]);
    let there = found(engine, Database::Hdf5, |edited| {
        let index = Index::create().name("other").table("hdf5_file_index").col("group_id").take();
        edited.table("hdf5_file_index").indexes.push(index);
    });
    assert!(there.await.is_empty(), "an index of another name serves");
}

async fn foreign_keys(engine: Engine) {
    let key = |action: Option<ForeignKeyAction>| {
        let mut key = ForeignKey::create();
        key.from("storage_locations", "path").to("hdf5_file_index", "path");
        action.into_iter().fold(key, |mut key, action| key.on_delete(action).take())
    };
    let more = found(engine, Database::Hdf5, |edited| {
        edited.table("storage_locations").table.foreign_key(&mut key(None));
    });
    one(&more.await, &["foreign key (path) to hdf5_file_index (path)", "is missing"]);
    let cascades = found(engine, Database::DataRegistry, |edited| {
        let mut key = ForeignKey::create();
        key.from("data_tags", "data_id").to("data_registry", "data_id");
        key.on_delete(ForeignKeyAction::Cascade);
        edited.foreign_keys("data_tags", vec![key]);
    });
    one(&cascades.await, &["foreign key is (data_id)", "should be", "ON DELETE CASCADE"]);
    let gone = found(engine, Database::DataRegistry, |edited| {
        edited.foreign_keys("data_tags", Vec::new());
    });
    one(&gone.await, &["data_tags: foreign key (data_id)", "should not be there"]);
}

async fn tables(engine: Engine) {
    let more = found(engine, Database::Hdf5, |edited| edited.0.push(named_table("observers")));
    one(&more.await, &["observers: is missing"]);
    let less = found(engine, Database::Hdf5, |edited| {
        edited.0.retain(|table| table.name() != "storage_locations");
    });
    one(&less.await, &["storage_locations: should not be there"]);
}

async fn labels(engine: Engine) {
    let more = found(engine, Database::Astrid, |edited| {
        edited.labels("observation_status", |labels| labels.push("lost".to_owned()));
    });
    one(&more.await, &["should be", "'archived', 'lost'"]);
    let less = found(engine, Database::Astrid, |edited| {
        edited.labels("observation_status", |labels| {
            labels.pop();
        });
    });
    one(&less.await, &["'archived'", "should be"]);
}

async fn primary_keys(engine: Engine) {
    let found = found(engine, Database::Hdf5, |edited| {
        let key = ColumnDef::new("timestamp").double().not_null().take();
        edited.column("pointing_history", &key);
        let mut index = Index::create();
        let pointing = edited.table("pointing_history");
        pointing.table.primary_key(index.col("timestamp").col("ra_deg").primary());
        edited.columns("pointing_history", |mut column| {
            if column.get_column_name() == "ra_deg" {
                column.not_null();
            }
            Some(column)
        });
    });
    let found = found.await.join("\n");
    assert!(found.contains("primary key is (timestamp), should be (timestamp, ra_deg)"), "{found}");
}
