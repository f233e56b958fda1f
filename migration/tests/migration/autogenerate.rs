//! What is written, and what is refused, when entities were edited; what becomes of rows is in `edits`.

use almanac_database::Database;
use almanac_migration::{Request, Revision, Stated, autogenerate, autogenerate_of};
use migration_schema::{Fill, Hints};
use sea_orm_migration::{
    prelude::{ColumnDef, ColumnType, ForeignKey, Index},
    sea_orm::{DbBackend, DbErr, Schema},
};

use super::{
    formatted::assert_formatted,
    support::{Edited, Engine, Place, named_table},
};

/// What is written when the entities of `database` are edited so.
async fn written(
    database: Database,
    hints: &Hints,
    allow_destructive: bool,
    edit: impl FnOnce(&mut Edited),
) -> Result<Option<Revision>, DbErr> {
    let place = Place::new(database, Engine::Postgres);
    let mut edited = Edited::new(database);
    edit(&mut edited);
    let request = Request {
        address: &place.address,
        server: None,
        date: "20261122",
        message: "what an edit asks for",
        hints,
        allow_destructive,
    };
    let revision = autogenerate_of(&edited.0, &request).await?;
    if let Some(revision) = &revision {
        assert_formatted(&revision.source);
    }
    Ok(revision)
}

/// The source of the revision that an edit of `hdf5` asks for.
async fn source(edit: impl FnOnce(&mut Edited)) -> String {
    let revision = written(Database::Hdf5, &Hints::default(), false, edit).await.unwrap();
    revision.expect("something differs").source
}

fn location_index(
    columns: &[&str],
    unique: bool,
) -> sea_orm_migration::prelude::IndexCreateStatement {
    let mut index = Index::create();
    index.name(columns.join("-")).table("storage_locations");
    for column in columns {
        index.col(column.to_string());
    }
    if unique {
        index.unique();
    }
    index
}

#[tokio::test]
async fn nothing_is_written_where_nothing_differs() {
    for database in Database::ALL {
        let place = Place::new(database, Engine::Postgres);
        let hints = Hints::default();
        let request = Request {
            address: &place.address,
            server: None,
            date: "20261122",
            message: "nothing",
            hints: &hints,
            allow_destructive: false,
        };
        assert_eq!(autogenerate(&request).await.unwrap(), None, "{database}");
    }
}

#[tokio::test]
async fn everything_at_once_is_written_in_order() {
    let source = source(|edited| {
        let mut key = ForeignKey::create();
        key.from("storage_locations", "owner").to("observers", "name");
        edited
            .add("storage_locations", ColumnDef::new("owner").text().take())
            .column("storage_locations", &ColumnDef::new("name").text().not_null().take());
        let locations = edited.table("storage_locations");
        locations.table.foreign_key(&mut key);
        locations.indexes.push(location_index(&["owner"], false));
        edited.0.push(named_table("observers"));
    })
    .await;
    for part in [
        "create_tables(",
        "add_columns(",
        "execute_for(",
        "add_indexes(",
        "drop_indexes(",
        "drop_tables(",
    ] {
        assert!(source.contains(part), "{part}: {source}");
    }
}

/// Whatever hangs on a table of any database is there after it was made anew, and after the way back.
#[tokio::test]
async fn every_table_can_be_made_anew() {
    let hints = Hints::default();
    for database in Database::ALL {
        let revision = written(database, &hints, false, |edited| {
            let tables: Vec<String> = edited.0.iter().map(Stated::name).collect();
            for table in tables {
                edited.columns(&table, |column| {
                    let spec = column.get_column_spec();
                    let text = matches!(column.get_column_type(), Some(ColumnType::Text));
                    let free = !spec.primary_key && !spec.unique && spec.default.is_none();
                    let mut column = column.clone();
                    if text && free && spec.nullable == Some(false) {
                        column.null();
                    }
                    Some(column)
                });
            }
        });
        let revision = revision.await.unwrap_or_else(|error| panic!("{database}: {error}"));
        let source = revision.expect("something differs").source;
        assert!(source.contains("rebuild_table("), "{database}: {source}");
        assert!(!source.contains("__new"), "{database}: {source}");
    }
}

#[tokio::test]
async fn labels_are_not_taken_away() {
    let hints = Hints::default();
    let less = written(Database::Astrid, &hints, false, |edited| {
        edited.labels("observation_status", |labels| {
            labels.pop();
        });
    });
    let refused = less.await.unwrap_err().to_string();
    assert!(refused.contains("cannot lose archived"), "{refused}");
}

#[tokio::test]
async fn enumerations_come_with_tables_and_columns() {
    let hints = Hints::default();
    let state = || {
        ColumnDef::new("state").enumeration("visit_state", ["planned", "done"]).not_null().take()
    };
    let source = source(|edited| {
        let mut visits = named_table("visits");
        visits.table.col(state());
        edited.0.push(visits);
    })
    .await;
    assert!(
        source.contains(r#"enumeration("state", "visit_state", &["planned", "done"])"#),
        "{source}"
    );
    let column = written(Database::Hdf5, &hints, false, |edited| {
        let mut column = state();
        edited.add("storage_locations", column.default("planned").take());
    });
    let source = column.await.unwrap().unwrap().source;
    assert!(source.contains("CREATE TYPE"), "{source}");
}

#[tokio::test]
async fn what_destroys_is_refused_unless_it_is_asked_for() {
    let drop = |edited: &mut Edited| {
        edited.0.retain(|table| table.name() != "pointing_history");
        edited.columns("storage_locations", |column| {
            (column.get_column_name() != "description").then_some(column)
        });
    };
    let hints = Hints::default();
    let refused = written(Database::Hdf5, &hints, false, drop).await.unwrap_err().to_string();
    assert!(refused.contains("pointing_history"), "{refused}");
    assert!(refused.contains("storage_locations.description"), "{refused}");
    let allowed = written(Database::Hdf5, &hints, true, drop).await.unwrap().unwrap();
    assert!(allowed.source.contains("DROP TABLE"), "{}", allowed.source);
}

#[tokio::test]
async fn rows_that_have_nothing_need_a_value() {
    let add = |edited: &mut Edited| {
        edited.add("storage_locations", ColumnDef::new("owner").text().not_null().take());
    };
    let refused = written(Database::Hdf5, &Hints::default(), false, add).await.unwrap_err();
    assert!(refused.to_string().contains("storage_locations.owner"), "{refused}");
    let fill = Fill {
        table: "storage_locations".to_owned(),
        column: "owner".to_owned(),
        value: "name".to_owned(),
    };
    let hints = Hints { fills: vec![fill], ..Hints::default() };
    let source = written(Database::Hdf5, &hints, false, add).await.unwrap().unwrap().source;
    assert!(source.contains("refuse_rows(manager, LOST)"), "{source}");
}

/// A directory with raw data, one column of which had another name.
mod storage_location {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "storage_locations")]
    pub(super) struct Model {
        #[sea_orm(primary_key)]
        pub(super) id: i64,
        #[sea_orm(column_type = "Text", unique)]
        pub(super) name: String,
        #[sea_orm(column_type = "Text")]
        pub(super) path: String,
        #[sea_orm(column_type = "Text", nullable, renamed_from = "description")]
        pub(super) purpose: Option<String>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[tokio::test]
async fn an_entity_says_what_a_column_was_called() {
    let hints = Hints::default();
    let revision = written(Database::Hdf5, &hints, false, |edited| {
        let entity = storage_location::Entity;
        edited.table("storage_locations").table =
            Schema::new(DbBackend::Sqlite).create_table_from_entity(entity);
    });
    let source = revision.await.unwrap().unwrap().source;
    assert!(source.contains(r#"RENAME COLUMN "description" TO "purpose""#), "{source}");
    assert!(!source.contains("add_columns"), "{source}");
}

#[tokio::test]
async fn a_server_is_needed() {
    let place = Place::new(Database::Hdf5, Engine::Sqlite);
    let hints = Hints::default();
    let request = Request {
        address: &place.address,
        server: None,
        date: "20261122",
        message: "nothing",
        hints: &hints,
        allow_destructive: false,
    };
    let refused = autogenerate(&request).await.unwrap_err().to_string();
    assert!(refused.contains("PostgreSQL"), "{refused}");
    let server = Place::new(Database::Astrid, Engine::Postgres);
    let request = Request { server: Some(&server.address), ..request };
    assert_eq!(autogenerate(&request).await.unwrap(), None);
    let request = Request { date: "tomorrow", ..request };
    autogenerate(&request).await.unwrap_err();
}
