//! A revision that fails half-way leaves schema, rows and books where they were.

use almanac_database::Database;
use migration_support::Revisions;
use sea_orm::{ConnectionTrait, DbErr, Statement};
use sea_orm_migration::{
    MigrationName, MigrationTrait, MigratorTraitSelf, SchemaManager, prelude::async_trait,
};

use crate::support::{Engine, Schema, TestDatabase, assert_same, databases, revisions};

databases!(going_up, going_down);

/// A revision that makes a table, alters and fills it and then fails, unless it is repaired; on the
/// way down it drops the table and then fails.
struct Broken {
    repaired: bool,
}

impl MigrationName for Broken {
    fn name(&self) -> &'static str {
        "m20991231_000001_broken"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Broken {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        self.run(
            manager,
            &["CREATE TABLE half (id INTEGER)", "ALTER TABLE half ADD COLUMN name TEXT"],
        )
        .await?;
        self.run(
            manager,
            &["INSERT INTO half VALUES (1, 'a')", "CREATE INDEX idx_half ON half (name)"],
        )
        .await?;
        self.fail(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        self.run(manager, &["DROP INDEX idx_half", "DELETE FROM half", "DROP TABLE half"]).await?;
        self.fail(manager).await
    }
}

impl Broken {
    async fn run(&self, manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
        for sql in statements {
            manager.get_connection().execute_unprepared(sql).await?;
        }
        Ok(())
    }

    async fn fail(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        if self.repaired { Ok(()) } else { self.run(manager, &["SELECT 1 FROM nowhere"]).await }
    }
}

type List = fn() -> Vec<Box<dyn MigrationTrait>>;

/// The revisions of the database at that place of the list, and one more.
fn list<const DATABASE: usize, const REPAIRED: bool>() -> Vec<Box<dyn MigrationTrait>> {
    let mut list = revisions(Database::ALL[DATABASE]).migrations();
    list.push(Box::new(Broken { repaired: REPAIRED }));
    list
}

fn lists<const REPAIRED: bool>() -> [List; Database::ALL.len()] {
    [
        list::<0, REPAIRED>,
        list::<1, REPAIRED>,
        list::<2, REPAIRED>,
        list::<3, REPAIRED>,
        list::<4, REPAIRED>,
        list::<5, REPAIRED>,
        list::<6, REPAIRED>,
        list::<7, REPAIRED>,
    ]
}

fn broken(database: Database) -> Revisions {
    Revisions::new(database, lists::<false>()[database as usize])
}

fn repaired(database: Database) -> Revisions {
    Revisions::new(database, lists::<true>()[database as usize])
}

async fn going_up(engine: Engine, database: Database) {
    let test = TestDatabase::migrated(database, engine).await;
    let connection = test.connection().await;
    let before = Schema::read(&connection).await;

    let error = broken(database).up(&connection, None).await.unwrap_err();
    assert!(error.to_string().contains("nowhere"), "{error}");
    assert_same(&before, &Schema::read(&connection).await, "after the failure");
    let books = broken(database).applied(&connection).await.unwrap();
    let (last, others) = books.split_last().unwrap();
    assert!(!last.1 && others.iter().all(|(_, applied)| *applied), "{books:?}");

    repaired(database).up(&connection, None).await.unwrap();
    let after = Schema::read(&connection).await;
    assert!(after.tables["half"].indexes.contains_key("idx_half"));
    assert!(
        repaired(database).applied(&connection).await.unwrap().iter().all(|(_, applied)| *applied)
    );
}

async fn going_down(engine: Engine, database: Database) {
    let test = TestDatabase::new(database, engine).await;
    let connection = test.connection().await;
    repaired(database).up(&connection, None).await.unwrap();
    let before = Schema::read(&connection).await;

    broken(database).down(&connection, Some(1)).await.unwrap_err();
    assert_same(&before, &Schema::read(&connection).await, "after the failure");
    assert!(
        broken(database).applied(&connection).await.unwrap().iter().all(|(_, applied)| *applied)
    );
    let rows = Statement::from_string(connection.get_database_backend(), "SELECT name FROM half");
    assert_eq!(connection.query_all_raw(rows).await.unwrap().len(), 1);

    repaired(database).down(&connection, Some(1)).await.unwrap();
    assert!(!Schema::read(&connection).await.tables.contains_key("half"));
}
