//! Rebuilding a table of SQLite loses nothing, or is refused.

use almanac_database::Database;
use migration_support::{
    Table,
    column::{int, pk, text},
    rebuild_table,
};
use sea_orm::{
    ConnectOptions, ConnectionTrait, DatabaseConnection, DbErr, Statement, TransactionTrait,
};
use sea_orm_migration::SchemaManager;

use crate::support::{Engine, Schema, TestDatabase};

/// Two parents, each with a child that goes when its parent does; a trigger, a view, and a counter that
/// is ahead of the rows.
const FAMILY: &str = "
CREATE TABLE parents (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL);
CREATE TABLE children (
    id INTEGER PRIMARY KEY,
    parent_id INTEGER NOT NULL REFERENCES parents (id) ON DELETE CASCADE
);
CREATE TABLE log (line TEXT);
CREATE TRIGGER parents_log AFTER INSERT ON parents BEGIN INSERT INTO log VALUES (new.name); END;
CREATE VIEW names AS SELECT name FROM parents;
INSERT INTO parents VALUES (1, 'a'), (2, 'b'), (9, 'gone');
DELETE FROM parents WHERE id = 9;
INSERT INTO children VALUES (10, 1), (20, 2);
DELETE FROM log;
";

/// The same with a column more, an index, and a stricter one.
fn parents() -> Table {
    Table::new("parents")
        .column(pk("id"))
        .column(text("name").not_null().unique())
        .column(int("age").default(7))
        .index("idx_parents_age", ["age"])
}

const COPIED: [(&str, &str); 2] = [("id", "id"), ("name", "upper(name)")];

async fn family() -> TestDatabase {
    let test = TestDatabase::new(Database::Products, Engine::Sqlite).await;
    let connection = crate::support::connect(test.address()).await;
    connection.execute_unprepared(FAMILY).await.unwrap();
    connection.close().await.unwrap();
    test
}

async fn number<C: ConnectionTrait>(connection: &C, sql: &str) -> i64 {
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    connection.query_one_raw(statement).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

async fn rebuild(connection: &DatabaseConnection, in_transaction: bool) -> Result<(), DbErr> {
    if !in_transaction {
        return rebuild_table(&SchemaManager::new(connection), &parents(), &COPIED).await;
    }
    let transaction = connection.begin().await?;
    rebuild_table(&SchemaManager::new(&transaction), &parents(), &COPIED).await?;
    transaction.commit().await
}

async fn everything_survives(in_transaction: bool) {
    let test = family().await;
    let connection = crate::support::connect(test.address()).await;
    let before = Schema::read(&connection).await;
    rebuild(&connection, in_transaction).await.unwrap();

    assert_eq!(number(&connection, "SELECT COUNT(*) FROM parents").await, 2);
    assert_eq!(number(&connection, "SELECT COUNT(*) FROM children").await, 2);
    assert_eq!(number(&connection, "SELECT COUNT(*) FROM names WHERE name IN ('A', 'B')").await, 2);
    assert_eq!(number(&connection, "SELECT COUNT(*) FROM log").await, 0);

    connection.execute_unprepared("INSERT INTO parents (name) VALUES ('C')").await.unwrap();
    assert_eq!(number(&connection, "SELECT id FROM parents WHERE name = 'C'").await, 10);
    assert_eq!(number(&connection, "SELECT age FROM parents WHERE name = 'C'").await, 7);
    assert_eq!(number(&connection, "SELECT COUNT(*) FROM log WHERE line = 'C'").await, 1);

    let after = Schema::read(&connection).await;
    assert_eq!(before.tables["children"], after.tables["children"]);
    assert_eq!((&before.views, &before.triggers), (&after.views, &after.triggers));
    assert!(after.tables["parents"].options.contains("autoincrement"));
    assert!(after.tables["parents"].indexes.contains_key("idx_parents_age"));
    assert_eq!(after.tables["parents"].unique.len(), 1);
    assert!(!after.tables.contains_key("parents__new"));
}

#[tokio::test]
async fn everything_survives_outside_a_transaction() {
    everything_survives(false).await;
}

#[tokio::test]
async fn everything_survives_inside_a_transaction() {
    everything_survives(true).await;
}

async fn refused_under_enforcement(connections: u32, in_transaction: bool) {
    let test = family().await;
    let file = test.file().to_owned();
    let mut options = ConnectOptions::new("sqlite://family");
    options
        .map_sqlx_sqlite_opts(move |options| options.filename(&file).foreign_keys(true))
        .max_connections(connections)
        .min_connections(connections)
        .sqlx_logging(false);
    let connection = sea_orm::Database::connect(options).await.unwrap();
    let before = Schema::read(&connection).await;

    let error = rebuild(&connection, in_transaction).await.unwrap_err().to_string();
    assert!(error.contains("while foreign keys are enforced"), "{error}");
    assert_eq!(before, Schema::read(&connection).await);
    assert_eq!(number(&connection, "SELECT COUNT(*) FROM parents").await, 2);
    assert_eq!(number(&connection, "SELECT COUNT(*) FROM children").await, 2);
}

#[tokio::test]
async fn refused_under_enforcement_by_a_pool_of_one() {
    refused_under_enforcement(1, false).await;
}

#[tokio::test]
async fn refused_under_enforcement_by_a_pool_of_five() {
    refused_under_enforcement(5, false).await;
}

#[tokio::test]
async fn refused_under_enforcement_by_a_pool_of_one_inside_a_transaction() {
    refused_under_enforcement(1, true).await;
}

#[tokio::test]
async fn refused_under_enforcement_by_a_pool_of_five_inside_a_transaction() {
    refused_under_enforcement(5, true).await;
}

#[tokio::test]
async fn rows_that_cannot_be_copied_leave_the_old_table() {
    let test = family().await;
    let connection = crate::support::connect(test.address()).await;
    let before = Schema::read(&connection).await;
    let manager = SchemaManager::new(&connection);

    // Two parents of one name: the new table takes only one.
    rebuild_table(&manager, &parents(), &[("id", "id"), ("name", "'same'")]).await.unwrap_err();
    assert_eq!(before, Schema::read(&connection).await);
    assert_eq!(number(&connection, "SELECT COUNT(*) FROM names WHERE name IN ('a', 'b')").await, 2);
}
