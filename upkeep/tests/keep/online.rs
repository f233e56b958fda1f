//! A backup is of one committed instant, whoever writes meanwhile.

use almanac_database::{Address, Database, Location, Mode, Origin};
use almanac_upkeep::backup::{self, Tools};
use chrono::TimeDelta;
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use tempfile::TempDir;

use crate::{
    backup::now,
    process::{Process, python},
    support::{Engine, TestDatabase},
};

/// Commits for ever: a sum and its counterpart in two statements of two accounts, far apart in the file, and the
/// number of such moves in a third.
const WRITER: &str = "
import sqlite3, sys
c = sqlite3.connect(sys.argv[1], timeout=60, isolation_level=None)
said = False
while True:
    c.execute('BEGIN IMMEDIATE')
    c.execute('UPDATE ledger SET amount = amount + 1 WHERE account = ?', ('+' + sys.argv[2],))
    c.execute('UPDATE clock SET entries = entries + 1')
    c.execute('UPDATE ledger SET amount = amount - 1 WHERE account = ?', ('-' + sys.argv[2],))
    c.execute('COMMIT')
    if not said:
        print('ready', flush=True)
        said = True
";

/// Two accounts for each of eight writers, with pages between them.
fn ledger() -> String {
    let accounts = ["+", "-"].map(|side| {
        let accounts =
            (0..8).map(|writer| format!("('{side}{writer}', 0, '{}')", "x".repeat(9_000)));
        format!("INSERT INTO ledger VALUES {};", accounts.collect::<Vec<_>>().join(", "))
    });
    format!(
        "CREATE TABLE ledger (account text, amount integer, note text);
         CREATE TABLE clock (entries integer); INSERT INTO clock VALUES (0); {}",
        accounts.concat()
    )
}

async fn number(connection: &DatabaseConnection, sql: &str) -> i64 {
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    connection.query_one_raw(statement).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

/// Checks that the rows are of one instant; returns which.
async fn instant(address: &Address) -> i64 {
    let connection = almanac_database::connect(address, Mode::Read).await.unwrap();
    let entries = number(&connection, "SELECT CAST(MAX(entries) AS bigint) FROM clock").await;
    assert_eq!(number(&connection, "SELECT CAST(SUM(amount) AS bigint) FROM ledger").await, 0);
    let moved = "SELECT CAST(SUM(amount) AS bigint) FROM ledger WHERE account LIKE '+%'";
    assert_eq!(number(&connection, moved).await, entries);
    connection.close().await.unwrap();
    entries
}

#[tokio::test]
async fn sqlite_backups_are_of_one_instant_each() {
    let test = TestDatabase::migrated(Database::Hdf5, Engine::Sqlite).await;
    let connection = test.connection().await;
    connection.execute_unprepared(&ledger()).await.unwrap();
    connection.close().await.unwrap();
    let file = test.file().to_str().unwrap().to_owned();
    let mut writers: Vec<Process> =
        (0..8).map(|number| python(WRITER, &[&file, &number.to_string()])).collect();
    writers.iter_mut().for_each(Process::ready);

    let folder = TempDir::new().unwrap();
    let mut before = 0;
    for second in 0..5 {
        let at = now() + TimeDelta::seconds(second);
        let made =
            backup::create(&[test.address().clone()], folder.path(), &Tools::default(), at).await;
        let made = made.unwrap().remove(0);
        let copy = made.folder.join(&made.manifest.files[0].name);
        assert_eq!(backup::verify(&made.folder, None, &Tools::default()).await.unwrap(), [""; 0]);
        let address = Address::new(Database::Hdf5, Location::File(copy), Origin::Default);
        let entries = instant(&address).await;
        assert!(entries >= before.max(8), "{entries} after {before}");
        before = entries;
    }
    drop(writers);
    assert!(instant(test.address()).await >= before, "the writers went on");
}

#[tokio::test]
async fn postgres_dump_and_digests_are_of_one_instant() {
    let test = TestDatabase::migrated(Database::Hdf5, Engine::Postgres).await;
    let connection = test.connection().await;
    connection.execute_unprepared(&ledger()).await.unwrap();
    connection.close().await.unwrap();
    let mut writers = Vec::new();
    for account in 0..4 {
        let address = test.address().clone();
        writers.push(tokio::spawn(async move {
            let connection = almanac_database::connect(&address, Mode::Write).await.unwrap();
            loop {
                let entry = format!(
                    "BEGIN; UPDATE clock SET entries = entries + 1; \
                     UPDATE ledger SET amount = amount + 1 WHERE account = '+{account}'; \
                     UPDATE ledger SET amount = amount - 1 WHERE account = '-{account}'; COMMIT"
                );
                connection.execute_unprepared(&entry).await.unwrap();
            }
        }));
    }
    let folder = TempDir::new().unwrap();
    for second in 0..3 {
        let at = now() + TimeDelta::seconds(second);
        let made =
            backup::create(&[test.address().clone()], folder.path(), &Tools::default(), at).await;
        let made = made.unwrap().remove(0);
        let wrong = backup::verify(&made.folder, Some(test.address()), &Tools::default()).await;
        assert_eq!(wrong.unwrap(), [""; 0]);
        let target = TestDatabase::new(Database::Hdf5, Engine::Postgres).await;
        backup::restore(&made.folder, target.address(), false, &Tools::default(), at)
            .await
            .unwrap();
        instant(target.address()).await;
    }
    writers.iter().for_each(tokio::task::JoinHandle::abort);
}
