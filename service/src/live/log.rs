//! Additions and changes on SQLite, where nothing tells which rows of a table another program changed.
//!
//! A row is known by the digest of what it holds. A log beside the database's file keeps the digests, and
//! numbers the changes: `products.sqlite3` has `products.sqlite3-live`. All servers of a file share its
//! log, so that a position means the same to each of them, and what changed while no server ran is found
//! when the next one looks. The database's own file is only read.

use std::{collections::HashMap, fs::OpenOptions, marker::PhantomData, path::PathBuf, sync::Arc};

use almanac_database::{Address, Location, Mode, Origin, connect};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, SqliteTransactionMode,
    Statement, TransactionOptions, TransactionTrait, Value, prelude::Uuid,
};
use tokio::sync::OnceCell;

use super::{
    Followed, digest,
    position::Mark,
    source::{all_columns, key_column, key_text, read_key},
};
use crate::{Filter, Order, PageRequest, Repository, Result, Row, Sessions};

const TABLES: [&str; 4] = [
    "CREATE TABLE IF NOT EXISTS log (id TEXT NOT NULL PRIMARY KEY)",
    "CREATE TABLE IF NOT EXISTS topic (name TEXT NOT NULL PRIMARY KEY, seq INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS change (topic TEXT NOT NULL, key TEXT NOT NULL, digest INTEGER NOT NULL, \
     seq INTEGER NOT NULL, PRIMARY KEY (topic, key)) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS change_seq ON change (topic, seq)",
];
/// Rows of the table that are read at once.
const CHUNK: u64 = 2_000;
/// Rows of the log that are written at once; each binds four values.
const WRITTEN: usize = 500;

/// The log of a database.
#[derive(Clone, Debug)]
pub(crate) struct Log(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    address: Address,
    open: OnceCell<Open>,
}

#[derive(Debug)]
struct Open {
    connection: DatabaseConnection,
    /// Made up when the log was made.
    id: String,
}

/// A row of the log.
struct Entry {
    key: String,
    digest: i64,
    seq: i64,
}

impl Log {
    /// The log of the database at `address`. Nothing is opened yet.
    pub(crate) fn new(address: Address) -> Self {
        Self(Arc::new(Inner { address, open: OnceCell::new() }))
    }

    async fn open(&self) -> Result<&Open> {
        self.0.open.get_or_try_init(|| open(&self.0.address)).await
    }

    /// Entries of `topic` with `after < seq <= upto`, the first `limit`.
    async fn entries(
        connection: &impl ConnectionTrait,
        topic: &str,
        (after, upto): (i64, i64),
        limit: usize,
    ) -> Result<Vec<Entry>> {
        let sql = "SELECT key, digest, seq FROM change WHERE topic = ? AND seq > ? AND seq <= ? \
            ORDER BY seq LIMIT ?";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = connection
            .query_all_raw(statement(sql, [topic.into(), after.into(), upto.into(), limit.into()]))
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Entry {
                    key: row.try_get_by_index(0)?,
                    digest: row.try_get_by_index(1)?,
                    seq: row.try_get_by_index(2)?,
                })
            })
            .collect()
    }

    /// The rows whose last change has a number above `from` and not above `to`. One that has changed
    /// again since is left out: it has a larger number, or will get one.
    pub(crate) async fn page<E: Followed>(
        &self,
        sessions: &Sessions,
        from: i64,
        to: i64,
        limit: usize,
    ) -> Result<Vec<(Row<E>, Mark)>> {
        let open = self.open().await?;
        let mut from = from;
        loop {
            let entries = Self::entries(&open.connection, E::TOPIC, (from, to), limit).await?;
            let Some(last) = entries.last() else { return Ok(Vec::new()) };
            from = last.seq;
            let keys: Vec<_> =
                entries.iter().filter_map(|entry| read_key::<E>(&entry.key)).collect();
            let reader = sessions.reader(E::DATABASE).await?;
            let table = Repository::<_, E>::new(&reader);
            let mut rows = table.by_keys(key_column::<E>(), &keys, &all_columns::<E>()).await?;
            let mut page = Vec::with_capacity(rows.len());
            for entry in entries {
                let row = read_key::<E>(&entry.key).and_then(|key| rows.remove(&key));
                if let Some(row) = row.filter(|row| digest::of_row(row) == entry.digest) {
                    page.push((row, Mark::Log { log: open.id.clone(), seq: entry.seq }));
                }
            }
            if !page.is_empty() {
                return Ok(page);
            }
        }
    }
}

fn statement(sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(DbBackend::Sqlite, sql, values)
}

/// Opens the log, or one in memory where nothing can be written: it serves this process alone.
async fn open(address: &Address) -> Result<Open> {
    let file = address.location.file().map(|file| {
        let mut name = file.as_os_str().to_owned();
        name.push("-live");
        PathBuf::from(name)
    });
    if let Some(file) = file {
        match OpenOptions::new().append(true).create(true).open(&file) {
            Ok(_) => return open_at(address, Location::File(file), Mode::Migrate).await,
            Err(error) => tracing::warn!(
                %error,
                database = %address.database,
                "no log of changes can be kept beside the file; positions hold for this process alone"
            ),
        }
    }
    open_at(address, Location::Memory, Mode::Write).await
}

async fn open_at(address: &Address, location: Location, mode: Mode) -> Result<Open> {
    let log = Address::new(address.database, location, Origin::Argument("the log of changes"));
    let connection = connect(&log, mode).await?;
    let transaction = begin(&connection).await?;
    for table in TABLES {
        transaction.execute_unprepared(table).await?;
    }
    let known = transaction.query_one_raw(statement("SELECT id FROM log", [])).await?;
    let id = match known {
        Some(row) => row.try_get_by_index(0)?,
        None => {
            let id = Uuid::now_v7().simple().to_string();
            let insert = statement("INSERT INTO log (id) VALUES (?)", [id.as_str().into()]);
            transaction.execute_raw(insert).await?;
            id
        }
    };
    transaction.commit().await?;
    Ok(Open { connection, id })
}

/// A transaction that has the log to itself from its beginning.
async fn begin(connection: &DatabaseConnection) -> Result<DatabaseTransaction> {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    Ok(connection.begin_with_options(options).await?)
}

/// Compares a table with its log.
pub(crate) struct LogDetector<E> {
    sessions: Sessions,
    log: Log,
    /// The digests of the log up to `synced`.
    digests: HashMap<String, i64>,
    synced: i64,
    entity: PhantomData<E>,
}

impl<E: Followed> LogDetector<E> {
    pub(crate) fn new(sessions: Sessions, log: Log) -> Self {
        Self { sessions, log, digests: HashMap::new(), synced: -1, entity: PhantomData }
    }

    /// Brings the log up to what the table holds; the number of its last change.
    pub(crate) async fn now(&mut self) -> Result<Mark> {
        let log = self.log.clone();
        let open = log.open().await?;
        // Servers take turns from here on: what one has found the next one knows.
        let transaction = begin(&open.connection).await?;
        let select = statement("SELECT seq FROM topic WHERE name = ?", [E::TOPIC.into()]);
        let last: Option<i64> = match transaction.query_one_raw(select).await? {
            Some(row) => Some(row.try_get_by_index(0)?),
            None => None,
        };
        if let Some(last) = last {
            let new = Log::entries(&transaction, E::TOPIC, (self.synced, last), usize::MAX).await?;
            self.digests.extend(new.into_iter().map(|entry| (entry.key, entry.digest)));
            self.synced = last;
        }
        let compared = self.compare().await?;
        // What is there when the log begins is no change.
        let mut seq = last.unwrap_or(0);
        let mut entries = Vec::with_capacity(compared.changed.len());
        for (key, digest) in &compared.changed {
            seq += i64::from(last.is_some());
            entries.push(Entry { key: key.clone(), digest: *digest, seq });
        }
        write(&transaction, E::TOPIC, &entries, &compared.gone).await?;
        if last != Some(seq) {
            let upsert = "INSERT INTO topic (name, seq) VALUES (?, ?) \
                ON CONFLICT (name) DO UPDATE SET seq = excluded.seq";
            transaction.execute_raw(statement(upsert, [E::TOPIC.into(), seq.into()])).await?;
        }
        transaction.commit().await?;
        self.digests.extend(compared.changed);
        for key in &compared.gone {
            self.digests.remove(key);
        }
        self.synced = seq;
        Ok(Mark::Log { log: open.id.clone(), seq })
    }

    async fn compare(&self) -> Result<Compared> {
        let reader = self.sessions.reader(E::DATABASE).await?;
        let table = Repository::<_, E>::new(&reader);
        let key = key_column::<E>();
        let mut request = PageRequest::new(Filter::default(), [Order::asc(key)], CHUNK);
        let mut compared = Compared::default();
        let mut present = 0;
        let mut seen = Vec::new();
        loop {
            let page = table.list_rows(&request, &all_columns::<E>()).await?;
            for (_, row) in &page.rows {
                let (key, digest) = (key_text(row), digest::of_row(row));
                match self.digests.get(&key) {
                    Some(known) => {
                        present += 1;
                        if *known != digest {
                            compared.changed.push((key.clone(), digest));
                        }
                    }
                    None => compared.changed.push((key.clone(), digest)),
                }
                seen.push(key);
            }
            match page.rows.last() {
                Some((cursor, _)) if page.has_next => request.after = Some(cursor.clone()),
                _ => break,
            }
        }
        if present < self.digests.len() {
            let seen: std::collections::HashSet<&String> = seen.iter().collect();
            compared.gone =
                self.digests.keys().filter(|key| !seen.contains(key)).cloned().collect();
        }
        Ok(compared)
    }
}

/// How a table differs from its log.
#[derive(Default)]
struct Compared {
    changed: Vec<(String, i64)>,
    gone: Vec<String>,
}

async fn write(
    transaction: &DatabaseTransaction,
    topic: &str,
    entries: &[Entry],
    gone: &[String],
) -> Result<()> {
    for chunk in entries.chunks(WRITTEN) {
        let rows = vec!["(?, ?, ?, ?)"; chunk.len()].join(", ");
        let sql = format!(
            "INSERT INTO change (topic, key, digest, seq) VALUES {rows} \
             ON CONFLICT (topic, key) DO UPDATE SET digest = excluded.digest, seq = excluded.seq"
        );
        let values = chunk.iter().flat_map(|entry| {
            [topic.into(), entry.key.as_str().into(), entry.digest.into(), entry.seq.into()]
        });
        transaction.execute_raw(statement(&sql, values.collect::<Vec<Value>>())).await?;
    }
    for key in gone {
        let delete = "DELETE FROM change WHERE topic = ? AND key = ?";
        transaction.execute_raw(statement(delete, [topic.into(), key.as_str().into()])).await?;
    }
    Ok(())
}
