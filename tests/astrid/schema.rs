//! The schema that the revisions make, and their ways up and down.

use std::collections::BTreeMap;

use almanac_database::Database;
use migration_support::{ALLOW_DATA_LOSS, Revisions};
use sea_orm::{DatabaseConnection, DbErr};
use sea_orm_migration::{
    MigrationName, MigrationTrait, MigratorTraitSelf, SchemaManager, prelude::async_trait,
};

use crate::{
    design::{self, design},
    night::{self, SMALL},
    support::{Engine, Schema, Table, TestDatabase, assert_same, engines, revisions},
};

engines!(
    ast_m_01_the_revisions_make_the_tables_of_the_design,
    ast_m_02_up_down_to_nothing_and_up_again,
    ast_m_03_each_revision_down_and_up_again,
    ast_m_04_a_failure_in_a_revision_leaves_what_was,
    ast_m_06_entities_are_what_the_revisions_make,
);

/// How many revisions the specification has; what came later is not of its design.
pub(crate) const REVISIONS: u32 = 10;

/// The phase whose tables there are at so many revisions.
pub(crate) fn phase(revisions: u32) -> u8 {
    match revisions {
        0..2 => 0,
        2..6 => 1,
        6 => 2,
        7..9 => 3,
        _ => 4,
    }
}

async fn ast_m_01_the_revisions_make_the_tables_of_the_design(engine: Engine) {
    let test = TestDatabase::new(Database::Astrid, engine).await;
    let connection = test.connection().await;
    revisions(Database::Astrid).up(&connection, Some(REVISIONS)).await.unwrap();
    let schema = Schema::read(&connection).await;
    let design = design();

    let names: Vec<_> = schema.tables.keys().map(String::as_str).collect();
    let mut designed: Vec<_> = design.tables.iter().map(|table| table.name).collect();
    designed.sort_unstable();
    assert_eq!((names, designed.len()), (designed.clone(), 13));
    for table in &design.tables {
        let made = &schema.tables[table.name];
        columns(table, made, engine);
        assert_eq!(made.primary_key, ["id"], "{}", table.name);
        foreign_keys(table, made, engine);
        indexes(table, made, engine);
        checks(table, made, engine);
    }
    assert!(schema.views.is_empty());
    let triggers: Vec<_> = schema.triggers.keys().map(String::as_str).collect();
    if engine == Engine::Postgres {
        let labels: BTreeMap<_, _> = design.enumerations.into_iter().collect();
        let made = schema.enumerations.iter();
        let made: BTreeMap<_, Vec<_>> = made
            .map(|(name, labels)| (name.as_str(), labels.iter().map(String::as_str).collect()))
            .collect();
        assert_eq!(made, labels);
        assert_eq!(triggers, ["trg_audit_log_append_only", "trg_audit_log_no_truncate"]);
        assert_eq!(schema.functions.len(), 1);
    } else {
        assert_eq!(triggers, ["trg_audit_log_no_delete", "trg_audit_log_no_update"]);
    }
}

fn columns(table: &design::Table, made: &Table, engine: Engine) {
    let expected = table.columns.iter().map(|column| {
        let (ty, default) = match engine {
            Engine::Sqlite => (column.sqlite.to_owned(), column.default.map(default_of_sqlite)),
            Engine::Postgres => {
                (of_postgres(column.postgres), column.default.map(default_of_postgres))
            }
        };
        (column.name, ty, column.not_null, default)
    });
    let made = made.columns.iter().map(|column| {
        let default = column.default.as_deref();
        // PostgreSQL shows of which type a text is.
        let default = default.map(|text| text.split("::").next().unwrap_or(text).to_owned());
        (&*column.name, column.ty.clone(), column.not_null, default)
    });
    assert_eq!(made.collect::<Vec<_>>(), expected.collect::<Vec<_>>(), "{}", table.name);
}

fn default_of_sqlite(default: &str) -> String {
    match default {
        "now" => "strftime ('%Y-%m-%dT%H:%M:%f', 'now') || '+00:00'".to_owned(),
        other => other.to_owned(),
    }
}

fn default_of_postgres(default: &str) -> String {
    match default {
        "now" => "CURRENT_TIMESTAMP".to_owned(),
        other => other.to_owned(),
    }
}

/// A type as PostgreSQL shows it; text sorts by bytes there.
fn of_postgres(ty: &str) -> String {
    match ty.strip_prefix("varchar") {
        Some(length) => format!("character varying{length} collate c"),
        None if ty == "text" => "text collate c".to_owned(),
        None if ty == "timestamptz" => "timestamp with time zone".to_owned(),
        None => ty.to_owned(),
    }
}

fn foreign_keys(table: &design::Table, made: &Table, engine: Engine) {
    let mut expected: Vec<_> = table
        .foreign_keys
        .iter()
        .map(|key| (key.column, key.parent, (engine == Engine::Postgres).then_some(key.name)))
        .collect();
    expected.sort_unstable();
    let mut found = Vec::new();
    for key in &made.foreign_keys {
        assert_eq!((&*key.on_delete, &*key.on_update), ("restrict", "no action"), "{key:?}");
        assert_eq!(key.targets, ["id"]);
        found.push((&*key.columns[0], &*key.table, key.name.as_deref()));
    }
    found.sort_unstable();
    assert_eq!(found, expected, "{}", table.name);
}

fn indexes(table: &design::Table, made: &Table, engine: Engine) {
    assert!(made.unique.is_empty(), "{}", table.name);
    let names: Vec<_> = made.indexes.keys().map(String::as_str).collect();
    let mut designed: Vec<_> = table.indexes.iter().map(|index| index.name).collect();
    designed.sort_unstable();
    assert_eq!(names, designed, "{}", table.name);
    for index in &table.indexes {
        let made = &made.indexes[index.name];
        let columns = made.columns.iter().map(|column| column.replace('"', "").to_lowercase());
        assert_eq!(columns.collect::<Vec<_>>(), index.columns, "{}", index.name);
        assert_eq!(made.unique, index.unique, "{}", index.name);
        let filter = made.predicate.as_deref();
        match engine {
            // Another spelling of the same; what is refused by it is shown elsewhere.
            Engine::Postgres => {
                assert_eq!(filter.is_some(), index.filter.is_some(), "{}", index.name);
            }
            Engine::Sqlite => {
                assert_eq!(filter.map(bare), index.filter.map(bare), "{}", index.name);
            }
        }
    }
}

fn checks(table: &design::Table, made: &Table, engine: Engine) {
    let postgres = engine == Engine::Postgres;
    let labels = table.labels.iter().filter(|_| !postgres).map(|(name, ..)| (*name).to_owned());
    let named = table.checks.iter().map(|(name, condition)| match *name {
        // PostgreSQL names those of a column itself.
        "" if postgres => {
            let column = condition.split(' ').next().unwrap();
            format!("{}_{column}_check", table.name)
        }
        "" => format!("({condition})"),
        name => name.to_owned(),
    });
    let mut designed: Vec<String> = named.chain(labels).collect();
    designed.sort_unstable();
    let name = |check: &String| match check.split_once(' ') {
        Some((name, _)) if !name.starts_with('(') => name.to_owned(),
        _ => check.clone(),
    };
    let mut names: Vec<_> = made.checks.iter().map(name).collect();
    names.sort_unstable();
    assert_eq!(names, designed, "{}", table.name);
    for (name, condition) in table.checks.iter().filter(|(name, _)| !postgres && !name.is_empty()) {
        let made = made.checks.iter().find_map(|check| check.strip_prefix(&format!("{name} ")));
        assert_eq!(bare(made.unwrap()), bare(&format!("({condition})")), "{name}");
    }
}

/// SQL without space and quotes, in lower case.
fn bare(sql: &str) -> String {
    sql.replace([' ', '"'], "").to_lowercase()
}

async fn ast_m_02_up_down_to_nothing_and_up_again(engine: Engine) {
    let test = TestDatabase::new(Database::Astrid, engine).await;
    let (connection, revisions) = (test.connection().await, revisions(Database::Astrid));
    revisions.up(&connection, None).await.unwrap();
    let first = Schema::read(&connection).await;
    // Tables, types, functions, triggers, sequences: nothing is left.
    revisions.down(&connection, None).await.unwrap();
    assert_same(&Schema::default(), &Schema::read(&connection).await, "down to nothing");
    revisions.up(&connection, None).await.unwrap();
    assert_same(&first, &Schema::read(&connection).await, "up again");
}

async fn ast_m_03_each_revision_down_and_up_again(engine: Engine) {
    for populated in [false, true] {
        let test = TestDatabase::new(Database::Astrid, engine).await;
        let (connection, revisions) = (test.connection().await, revisions(Database::Astrid));
        let mut before = Schema::read(&connection).await;
        for revision in 1..=REVISIONS {
            revisions.up(&connection, Some(1)).await.unwrap();
            let after = Schema::read(&connection).await;
            if populated && phase(revision) > phase(revision - 1) {
                night::fill(&connection, SMALL, phase(revision)..=phase(revision)).await;
            }
            down(&revisions, &connection).await.unwrap();
            let what = format!("{revision} down, populated: {populated}");
            assert_same(&before, &Schema::read(&connection).await, &what);
            revisions.up(&connection, Some(1)).await.unwrap();
            assert_same(&after, &Schema::read(&connection).await, &format!("{revision} up again"));
            if populated && phase(revision) > phase(revision - 1) {
                night::fill(&connection, SMALL, phase(revision)..=phase(revision)).await;
            }
            before = after;
        }
    }
}

/// Takes the newest revision back, whatever that destroys.
pub(crate) async fn down(
    revisions: &Revisions,
    connection: &DatabaseConnection,
) -> Result<(), DbErr> {
    ALLOW_DATA_LOSS.scope(true, revisions.down(connection, Some(1))).await
}

tokio::task_local! {
    /// Which revision fails, from 1.
    static FAILING: usize;
}

/// A revision that fails when it has done its work.
struct Failing(Box<dyn MigrationTrait>);

impl MigrationName for Failing {
    fn name(&self) -> &str {
        self.0.name()
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Failing {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        self.0.up(manager).await?;
        Err(DbErr::Custom("the power failed".to_owned()))
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        self.0.down(manager).await?;
        Err(DbErr::Custom("the power failed".to_owned()))
    }
}

fn with_one_failing() -> Vec<Box<dyn MigrationTrait>> {
    let failing = FAILING.get();
    let place = |(index, revision)| {
        if index + 1 == failing { Box::new(Failing(revision)) } else { revision }
    };
    let list = revisions(Database::Astrid).migrations();
    list.into_iter().enumerate().map(place).collect()
}

async fn ast_m_04_a_failure_in_a_revision_leaves_what_was(engine: Engine) {
    let test = TestDatabase::new(Database::Astrid, engine).await;
    let (connection, whole) = (test.connection().await, revisions(Database::Astrid));
    let failing = || Revisions::new(Database::Astrid, with_one_failing);
    let state = async || {
        let digests = almanac_upkeep::digest::digests(&connection, Database::Astrid).await.unwrap();
        (Schema::read(&connection).await, digests, whole.names(&connection).await.unwrap())
    };
    whole.install(&connection).await.unwrap();
    for revision in 1..=REVISIONS {
        let before = state().await;
        let place = revision as usize;
        let error = FAILING.scope(place, failing().up(&connection, Some(1))).await.unwrap_err();
        assert!(error.to_string().contains("the power failed"), "{revision}: {error}");
        assert!(state().await == before, "{revision} up");

        whole.up(&connection, Some(1)).await.unwrap();
        if phase(revision) > phase(revision - 1) {
            night::fill(&connection, SMALL, phase(revision)..=phase(revision)).await;
        }
        let before = state().await;
        let back = async { down(&failing(), &connection).await };
        let error = FAILING.scope(place, back).await.unwrap_err();
        assert!(error.to_string().contains("the power failed"), "{revision}: {error}");
        assert!(state().await == before, "{revision} down");
    }
}

async fn ast_m_06_entities_are_what_the_revisions_make(engine: Engine) {
    let test = TestDatabase::migrated(Database::Astrid, engine).await;
    let check = almanac_migration::check(test.address()).await.unwrap();
    assert!(check.model.is_empty() && check.is_clean(), "{check:?}");
}
