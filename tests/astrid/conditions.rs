//! What the database itself holds rows to, and what is heard of it.

use std::{collections::BTreeSet, sync::Arc};

use almanac_database::Database;
use almanac_service::{Error, Writer};
use sea_orm::{ConnectionTrait, Statement, Value, prelude::Uuid};
use tokio::sync::Barrier;

use crate::{
    cases::{CHECKS, Case, KEYS},
    design::{Index, Table, design},
    rows::{Maker, of},
    sample::{settle, word},
    support::{Engine, TestDatabase, engines},
    table::Cells,
};

engines!(
    ast_m_05_checks_take_and_refuse,
    ast_m_05_unique_keys_take_and_refuse,
    ast_m_05_foreign_keys_take_and_refuse,
    ast_m_07_every_label_is_kept_and_no_other,
    ast_m_09_one_of_two_writers_is_told,
    ast_m_10_the_audit_log_is_only_added_to,
);

/// A database with its writer, and somebody who makes rows of it.
async fn world(engine: Engine) -> (TestDatabase, Writer, Maker) {
    let test = TestDatabase::migrated(Database::Astrid, engine).await;
    let writer = test.writer().await;
    let maker = Maker::new(&writer).await;
    (test, writer, maker)
}

async fn ast_m_05_checks_take_and_refuse(engine: Engine) {
    let (_test, writer, mut maker) = world(engine).await;
    let of_columns: Vec<(&str, String)> = design()
        .tables
        .iter()
        .flat_map(|table| table.checks.iter().map(|check| (table.name, check.1, check.0)))
        .filter(|(.., name)| name.is_empty())
        .map(|(table, condition, _)| (table, condition.strip_suffix(" >= 0").unwrap().to_owned()))
        .collect();
    assert_eq!(of_columns.len(), 9);
    for (table, column) in &of_columns {
        let (take, refuse) = ([(&**column, "0")], [(&**column, "-1")]);
        let case = Case { table, check: "", take: &[&take], refuse: &[&refuse] };
        check(&case, engine, &writer, &mut maker).await;
    }
    for case in CHECKS {
        check(case, engine, &writer, &mut maker).await;
    }
    let shown: BTreeSet<_> = CHECKS.iter().map(|case| case.check).collect();
    let design = design();
    let named = design.tables.iter().flat_map(|table| &table.checks).map(|check| check.0);
    assert_eq!(shown, named.filter(|name| !name.is_empty()).collect());
}

async fn check(case: &Case<'_>, engine: Engine, writer: &Writer, maker: &mut Maker) {
    let rows = of(case.table);
    for changes in case.take {
        let cells = changed(maker, case.table, changes).await;
        if let Err(error) = rows.insert(writer, &cells).await {
            panic!("{} {changes:?}: {error}", case.table);
        }
    }
    for changes in case.refuse {
        let cells = changed(maker, case.table, changes).await;
        let error = rows.insert(writer, &cells).await.unwrap_err();
        let what = format!("{} {changes:?}: {error:?}", case.table);
        let Error::Invalid { argument, message, .. } = &error else { panic!("{what}") };
        assert_eq!(argument, "row", "{what}");
        let named = match case.check {
            "" if engine == Engine::Sqlite => String::new(),
            "" => format!("({}_{}_check)", case.table, changes[0].0),
            check => format!("({check})"),
        };
        assert!(message.ends_with(&named), "{what}");
    }
}

/// A row with some cells of its own; `=column` is what another column holds.
async fn changed(maker: &mut Maker, table: &str, changes: &[(&str, &str)]) -> Cells {
    let mut cells = maker.cells(table).await;
    for (column, text) in changes {
        let value = match text.strip_prefix('=') {
            Some(other) => cells[other].clone(),
            None => maker.value(table, column, text),
        };
        cells.insert(maker.column(table, column), value);
    }
    cells
}

async fn ast_m_05_unique_keys_take_and_refuse(engine: Engine) {
    let (_test, writer, mut maker) = world(engine).await;
    for (table, index) in unique_keys(&design().tables) {
        let rows = of(table);
        let first = rows.insert(&writer, &within(&mut maker, table, index).await).await.unwrap();
        let twin = twin(within(&mut maker, table, index).await, &first, index);
        let error = rows.insert(&writer, &twin).await.unwrap_err();
        let Error::AlreadyExists { what, .. } = &error else { panic!("{}: {error:?}", index.name) };
        assert!(index.columns.iter().all(|column| what.contains(column)), "{what}");
        // The same where one column is another, and where the key is only of some rows.
        let other = within(&mut maker, table, index).await;
        let differs = |column: &&String| other[&***column] != twin[&***column];
        let column = maker.column(table, index.columns.iter().find(differs).unwrap());
        let mut apart = twin.clone();
        apart.extend([(column, other[column].clone()), ("id", other["id"].clone())]);
        rows.insert(&writer, &apart).await.unwrap();
        if index.filter.is_some() {
            let mut outside = twin;
            outside.insert("id", Uuid::now_v7().into());
            let changes = KEYS.iter().find(|key| key.0 == index.name).unwrap().2;
            for (column, text) in changes {
                outside.insert(maker.column(table, column), maker.value(table, column, text));
            }
            rows.insert(&writer, &outside).await.unwrap();
        }
    }
}

fn unique_keys(tables: &[Table]) -> impl Iterator<Item = (&'static str, &Index)> {
    tables.iter().flat_map(|table| {
        table.indexes.iter().filter(|index| index.unique).map(|index| (table.name, index))
    })
}

/// A row to which a unique key applies.
async fn within(maker: &mut Maker, table: &'static str, index: &Index) -> Cells {
    let mut cells = maker.cells(table).await;
    for key in KEYS.iter().filter(|key| key.0 == index.name) {
        for (column, text) in key.1 {
            cells.insert(maker.column(table, column), maker.value(table, column, text));
        }
    }
    cells
}

/// The row with what a key is made of taken from another.
fn twin(mut cells: Cells, of: &Cells, index: &Index) -> Cells {
    for column in &index.columns {
        let (column, value) = of.get_key_value(&**column).unwrap();
        cells.insert(column, value.clone());
    }
    cells
}

async fn ast_m_05_foreign_keys_take_and_refuse(engine: Engine) {
    let (_test, writer, mut maker) = world(engine).await;
    let design = design();
    let keys = design
        .tables
        .iter()
        .flat_map(|table| table.foreign_keys.iter().map(move |key| (table.name, key)));
    for (table, key) in keys {
        let named = match engine {
            Engine::Sqlite => String::new(),
            Engine::Postgres => format!(" ({})", key.name),
        };
        let rows = of(table);
        let cells = maker.cells(table).await;
        let Value::Uuid(Some(parent)) = cells[key.column] else { panic!("{}", key.name) };
        rows.insert(&writer, &cells).await.unwrap();
        let error = of(key.parent).delete(&writer, parent).await.unwrap_err();
        let Error::Conflict(message) = &error else { panic!("{}: {error:?}", key.name) };
        assert!(message.starts_with("rows still refer to it"), "{message}");

        let mut cells = maker.cells(table).await;
        cells.insert(maker.column(table, key.column), Uuid::now_v7().into());
        let error = rows.insert(&writer, &cells).await.unwrap_err();
        let Error::NotFound { what } = &error else { panic!("{}: {error:?}", key.name) };
        assert_eq!(*what, format!("row that it refers to{named}"), "{}", key.name);
    }
}

async fn ast_m_07_every_label_is_kept_and_no_other(engine: Engine) {
    let (_test, writer, mut maker) = world(engine).await;
    let design = design();
    let mut seen = BTreeSet::new();
    for table in &design.tables {
        for (_, column, enumeration) in &table.labels {
            let (name, labels) =
                design.enumerations.iter().find(|known| known.0 == *enumeration).unwrap();
            seen.insert(*name);
            for label in labels {
                let mut cells = maker.cells(table.name).await;
                cells.insert(maker.column(table.name, column), word(label));
                settle(table.name, &mut cells);
                let held = of(table.name).insert(&writer, &cells).await.unwrap();
                assert_eq!(held[column], word(label), "{}.{column}", table.name);
            }
            let strange = format!("UPDATE \"{}\" SET \"{column}\" = 'strange'", table.name);
            writer.execute_unprepared(&strange).await.unwrap_err();
        }
    }
    assert_eq!(seen.len(), design.enumerations.len());
}

async fn ast_m_09_one_of_two_writers_is_told(engine: Engine) {
    let (test, writer, mut maker) = world(engine).await;
    for (table, index) in unique_keys(&design().tables) {
        let first = within(&mut maker, table, index).await;
        let second = twin(within(&mut maker, table, index).await, &first, index);
        let count = || number(&writer, format!("SELECT COUNT(*) FROM \"{table}\""));
        let before = count().await;
        let together = Arc::new(Barrier::new(2));
        let write = async |cells: &Cells| {
            let sessions = test.sessions();
            let writer = sessions.writer(Database::Astrid).await.unwrap();
            together.wait().await;
            let outcome = of(table).insert(&writer, cells).await;
            sessions.reset().await;
            outcome
        };
        let outcomes = <[_; 2]>::from(tokio::join!(write(&first), write(&second)));
        let told = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect::<Vec<_>>();
        assert!(matches!(told[..], [Error::AlreadyExists { .. }]), "{}: {told:?}", index.name);
        assert_eq!(count().await, before + 1, "{}", index.name);
    }
}

async fn number(writer: &Writer, sql: String) -> i64 {
    let statement = Statement::from_string(writer.get_database_backend(), sql);
    writer.query_one_raw(statement).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

async fn ast_m_10_the_audit_log_is_only_added_to(engine: Engine) {
    let (_test, writer, mut maker) = world(engine).await;
    let cells = maker.cells("audit_log").await;
    of("audit_log").insert(&writer, &cells).await.unwrap();
    assert_append_only(&writer, engine).await;
    assert_eq!(number(&writer, "SELECT COUNT(*) FROM audit_log".to_owned()).await, 2);
}

/// Tries all ways to change the audit log.
pub(crate) async fn assert_append_only(writer: &Writer, engine: Engine) {
    let truncate = (engine == Engine::Postgres).then_some("TRUNCATE audit_log");
    let statements = ["UPDATE audit_log SET action = 'x'", "DELETE FROM audit_log"];
    for sql in statements.into_iter().chain(truncate) {
        let error = writer.execute_unprepared(sql).await.unwrap_err();
        assert!(error.to_string().contains("audit_log is append-only"), "{sql}: {error}");
    }
}
