//! Revisions written from entities that were edited. Each is proved on both engines before it is handed over.

use std::process::{Command, Stdio};

use almanac_database::Database;
use almanac_migration::{Request, Revision, Stated, autogenerate, autogenerate_of};
use migration_schema::{ColumnRename, Fill, Hints, TableRename};
use sea_orm_migration::{
    prelude::{ColumnDef, ColumnType, ForeignKey, ForeignKeyAction, Index},
    sea_orm::DbErr,
};

use super::support::{Edited, Engine, Place, named_table};

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

/// It is Rust, and as rustfmt would have it.
fn assert_formatted(source: &str) {
    let config = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let mut rustfmt = Command::new("rustfmt")
        .args(["--edition", "2024", "--check", "--config-path", config])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("rustfmt is a part of the toolchain");
    std::io::Write::write_all(&mut rustfmt.stdin.take().unwrap(), source.as_bytes()).unwrap();
    let output = rustfmt.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}{errors}\n{source}");
    // Where it was proved is nobody's business.
    assert!(!source.contains("scratch"), "{source}");
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
    for database in [Database::Hdf5, Database::Astrid] {
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
        assert_eq!(autogenerate(&request).await.unwrap(), None);
    }
}

#[tokio::test]
async fn columns_are_added() {
    let source = source(|edited| {
        edited
            .add("storage_locations", ColumnDef::new("owner").text().take())
            .add(
                "storage_locations",
                ColumnDef::new("full").boolean().not_null().default(false).take(),
            )
            .add("storage_locations", ColumnDef::new("capacity_bytes").big_integer().take());
    })
    .await;
    insta::assert_snapshot!("columns_are_added", source);
}

#[tokio::test]
async fn indexes_are_added() {
    let source = source(|edited| {
        edited.table("storage_locations").indexes.push(location_index(&["path"], false));
        edited.table("storage_locations").indexes.push(location_index(&["name", "path"], true));
    })
    .await;
    insta::assert_snapshot!("indexes_are_added", source);
}

#[tokio::test]
async fn tables_are_added() {
    let source = source(|edited| {
        let mut visits = named_table("visits");
        let mut key = ForeignKey::create();
        key.from("visits", "name").to("observers", "name").on_delete(ForeignKeyAction::Cascade);
        visits.table.foreign_key(&mut key);
        visits.indexes.push(Index::create().name("x").table("visits").col("seen_mjd").take());
        edited.0.push(visits);
        edited.0.push(named_table("observers"));
    })
    .await;
    insta::assert_snapshot!("tables_are_added", source);
}

#[tokio::test]
async fn what_alter_cannot_is_made_anew() {
    let source = source(|edited| {
        let column = ColumnDef::new("description").text().not_null().default("").take();
        edited.column("storage_locations", &column);
    })
    .await;
    insta::assert_snapshot!("what_alter_cannot_is_made_anew", source);
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

#[tokio::test]
async fn types_defaults_and_keys_change() {
    for column in [
        ColumnDef::new("description").double().take(),
        ColumnDef::new("description").uuid().take(),
        ColumnDef::new("path").text().take(),
        ColumnDef::new("description").text().default("none").take(),
        ColumnDef::new("path").string_len(200).not_null().take(),
    ] {
        let source = source(|edited| {
            edited.column("storage_locations", &column);
        })
        .await;
        assert!(source.contains("UP_POSTGRES"), "{source}");
        assert!(source.contains("rebuild_table(manager, &storage_locations()"), "{source}");
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
async fn labels_are_added() {
    let hints = Hints::default();
    let revision = written(Database::Astrid, &hints, false, |edited| {
        edited.labels("observation_status", |labels| labels.push("lost".to_owned()));
    });
    let source = revision.await.unwrap().unwrap().source;
    assert!(source.contains("ADD VALUE 'lost' AFTER 'archived'"), "{source}");
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

#[tokio::test]
async fn renames_are_declared() {
    let hints = Hints {
        tables: vec![TableRename {
            from: "storage_locations".to_owned(),
            to: "locations".to_owned(),
        }],
        columns: vec![ColumnRename {
            table: "locations".to_owned(),
            from: "description".to_owned(),
            to: "purpose".to_owned(),
        }],
        fills: Vec::new(),
    };
    let rename = |edited: &mut Edited| {
        let purpose = ColumnDef::new("purpose").text().take();
        edited.columns("storage_locations", |column| {
            let renamed = column.get_column_name() == "description";
            Some(if renamed { purpose.clone() } else { column })
        });
        edited.table("storage_locations").table.table("locations");
    };
    let source = written(Database::Hdf5, &hints, false, rename).await.unwrap().unwrap().source;
    insta::assert_snapshot!("renames_are_declared", source);
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
