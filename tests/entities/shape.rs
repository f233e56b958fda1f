//! The entities state the tables as the revisions make them.

use std::collections::{BTreeMap, BTreeSet};

use almanac_database::Database;
use almanac_entity::Kind;
use sea_orm::{
    DbBackend,
    sea_query::{ColumnType, ForeignKeyAction, StringLen, TableRef},
};

use super::table::{AnyTable, Column, tables};
use crate::support::{Engine, Schema, Table, TestDatabase, databases};

databases!(entities_state_what_revisions_make);

async fn entities_state_what_revisions_make(engine: Engine, database: Database) {
    let test = TestDatabase::migrated(database, engine).await;
    let schema = Schema::read(&test.connection().await).await;
    let tables = tables(database);

    let names = |views: bool| -> BTreeSet<String> {
        let tables = tables.iter().filter(|table| table.is_view() == views);
        tables.map(|table| table.name().to_owned()).collect()
    };
    assert_eq!(names(false), schema.tables.keys().cloned().collect());
    assert_eq!(names(true), schema.views.keys().cloned().collect());

    for table in &tables {
        columns(&**table, &schema, engine);
        if let Some(made) = schema.tables.get(table.name()) {
            keys(&**table, made, engine);
        }
    }
}

fn columns(table: &dyn AnyTable, schema: &Schema, engine: Engine) {
    let name = table.name();
    let (stated, made) = (table.columns(), schema.columns(name).unwrap());
    let in_order: Vec<_> = made.iter().map(|column| &*column.name).collect();
    assert_eq!(stated.iter().map(|column| column.name).collect::<Vec<_>>(), in_order, "{name}");
    let key: Vec<_> = table.key();
    for (stated, made) in stated.iter().zip(made) {
        let place = format!("{name}.{}", stated.name);
        let declared = declared(stated, engine);
        assert!(declared.contains(&made.ty), "{place}: {:?} is {}", stated.kind, made.ty);
        // A view has no such thing, and of keys SQLite alone lets some be null.
        if !table.is_view() && !key.contains(&stated.name) {
            assert_eq!(stated.nullable, !made.not_null, "{place}");
        }
    }
    if table.is_view() {
        return;
    }
    assert_eq!(key, schema.tables[name].primary_key, "{name}");
    let stated: BTreeMap<_, _> = table
        .create(DbBackend::Sqlite)
        .get_columns()
        .iter()
        .map(|column| (column.get_column_name(), column.get_column_spec().default.is_some()))
        .collect();
    for made in made {
        // Keys that the engine counts up, and instants of which the default is now, are made by it.
        let by_engine = made.default.as_deref().is_some_and(|default| {
            ["identity", "strftime", "current_timestamp"]
                .iter()
                .any(|word| default.to_lowercase().contains(word))
        });
        if !by_engine {
            assert_eq!(stated[&made.name], made.default.is_some(), "{name}.{}: default", made.name);
        }
    }
}

/// How an engine may declare such a column.
fn declared(column: &Column, engine: Engine) -> Vec<String> {
    let postgres = engine == Engine::Postgres;
    let word = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
    match (column.kind, &column.ty) {
        (Kind::Text, ColumnType::String(StringLen::N(length))) if postgres => {
            vec![format!("character varying({length}) collate c")]
        }
        (Kind::Text, ColumnType::String(StringLen::N(length))) => {
            vec![format!("varchar({length})")]
        }
        (Kind::Text, ColumnType::Text) | (Kind::JsonText, _) if postgres => {
            word(&["text collate c"])
        }
        (Kind::Text, ColumnType::Text) | (Kind::JsonText, _) => word(&["text"]),
        (Kind::Int | Kind::BigInt, _) if !postgres => word(&["integer"]),
        (Kind::Int, _) => word(&["integer"]),
        (Kind::BigInt, _) => word(&["bigint"]),
        (Kind::Float | Kind::UnixTime, _) if postgres => word(&["double precision"]),
        (Kind::Float | Kind::UnixTime, _) => word(&["real"]),
        (Kind::Decimal, ColumnType::Decimal(Some((precision, scale)))) if postgres => {
            vec![format!("numeric({precision},{scale})")]
        }
        (Kind::Decimal, ColumnType::Decimal(Some((precision, scale)))) => {
            vec![format!("real({precision}, {scale})")]
        }
        // The pipeline's flags are numbers in SQLite.
        (Kind::Boolean, _) if !postgres => word(&["boolean", "integer"]),
        (Kind::Boolean, _) => word(&["boolean"]),
        (Kind::DateTime, _) if postgres => word(&["timestamp with time zone"]),
        (Kind::DateTime, _) => word(&["timestamp_with_timezone_text"]),
        (Kind::Json, ColumnType::JsonBinary) if postgres => word(&["jsonb"]),
        (Kind::Json, ColumnType::JsonBinary) => word(&["jsonb_text"]),
        (Kind::Uuid, _) if postgres => word(&["uuid"]),
        (Kind::Uuid, _) => word(&["uuid_text"]),
        (Kind::Word(vocabulary), _) if vocabulary.open => {
            word(if postgres { &["text collate c"] } else { &["text"] })
        }
        (Kind::Word(vocabulary), _) if postgres => word(&[vocabulary.column]),
        (Kind::Word(_), _) => word(&["enum_text"]),
        (kind, ty) => panic!("{}: {kind:?} is {ty:?}", column.name),
    }
}

/// Unique keys and foreign keys.
fn keys(table: &dyn AnyTable, made: &Table, engine: Engine) {
    let backend = match engine {
        Engine::Sqlite => DbBackend::Sqlite,
        Engine::Postgres => DbBackend::Postgres,
    };
    let create = table.create(backend);
    let mut stated: BTreeSet<Vec<String>> = create
        .get_columns()
        .iter()
        .filter(|column| column.get_column_spec().unique)
        .map(|column| vec![column.get_column_name()])
        .collect();
    let groups = table.create_indexes(backend);
    let groups = groups.iter().filter(|index| index.is_unique_key());
    stated.extend(groups.map(|index| index.get_index_spec().get_column_names()));
    // Columns of a group in the order of the fields: the engines' order says nothing of uniqueness.
    let sorted = |columns: &[String]| {
        let mut columns = columns.to_vec();
        columns.sort();
        columns
    };
    let whole = made.indexes.values().filter(|index| index.unique && index.predicate.is_none());
    let unique =
        made.unique.iter().map(|(columns, _)| columns).chain(whole.map(|index| &index.columns));
    assert_eq!(
        stated.iter().map(|columns| sorted(columns)).collect::<BTreeSet<_>>(),
        unique.map(|columns| sorted(columns)).collect::<BTreeSet<_>>(),
        "unique keys of {}",
        table.name()
    );

    let stated: BTreeSet<_> = create
        .get_foreign_key_create_stmts()
        .iter()
        .map(|key| {
            let key = key.get_foreign_key();
            let Some(TableRef::Table(parent, _)) = key.get_ref_table() else { panic!("{key:?}") };
            (
                key.get_columns(),
                parent.1.to_string(),
                key.get_ref_columns(),
                action(key.get_on_delete()),
            )
        })
        .collect();
    let made: BTreeSet<_> = made
        .foreign_keys
        .iter()
        .map(|key| {
            (key.columns.clone(), key.table.clone(), key.targets.clone(), key.on_delete.clone())
        })
        .collect();
    assert_eq!(stated, made, "foreign keys of {}", table.name());
}

fn action(action: Option<ForeignKeyAction>) -> String {
    match action {
        None | Some(ForeignKeyAction::NoAction) => "no action",
        Some(ForeignKeyAction::Restrict) => "restrict",
        Some(ForeignKeyAction::Cascade) => "cascade",
        Some(ForeignKeyAction::SetNull) => "set null",
        Some(other) => panic!("no table does {other:?}"),
    }
    .to_owned()
}
