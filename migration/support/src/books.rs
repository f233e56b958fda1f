//! What is kept of each revision beside its name: when it was applied, how, by which version, and the checksum
//! that tells it from an edited one.

use std::time::{Duration, SystemTime};

use almanac_database::Database;
use sea_orm_migration::{
    prelude::{ConnectionTrait, DbErr},
    sea_orm::{DbBackend, QueryResult, Statement},
};

/// How a database came to have a revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// It was run.
    Applied,
    /// Its tables were there, and somebody said so.
    Stamped,
    /// A file that something else made was taken over.
    Adopted,
}

impl How {
    /// The word that is kept.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Stamped => "stamped",
            Self::Adopted => "adopted",
        }
    }
}

/// What is kept of a revision.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The revision's name.
    pub version: String,
    /// The script's [`checksum`](crate::Script::checksum) as it was then.
    pub checksum: String,
    /// When, Unix seconds.
    pub applied_at: f64,
    /// How long it took, seconds; none where it was not run.
    pub duration_sec: Option<f64>,
    /// The version of the program.
    pub tool_version: String,
    /// `applied`, `stamped` or `adopted`.
    pub how: String,
}

impl Entry {
    /// Whether the database had it when it was taken over.
    pub fn is_adopted(&self) -> bool {
        self.how == How::Adopted.as_str()
    }
}

/// Writes down that a revision is there from now on.
///
/// # Errors
/// The engine refuses.
pub(crate) async fn enter<C: ConnectionTrait>(
    connection: &C,
    database: Database,
    (version, checksum): (&str, &str),
    how: How,
    took: Option<Duration>,
) -> Result<(), DbErr> {
    let table = database.migration_log();
    let create = format!(
        "CREATE TABLE IF NOT EXISTS {table} (version TEXT NOT NULL PRIMARY KEY, checksum TEXT NOT NULL, \
         applied_at DOUBLE PRECISION NOT NULL, duration_sec DOUBLE PRECISION, \
         tool_version TEXT NOT NULL, how TEXT NOT NULL)"
    );
    connection.execute_unprepared(&create).await?;
    strike(connection, database, version).await?;
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let insert = format!("INSERT INTO {table} VALUES ($1, $2, $3, $4, $5, $6)");
    let values = [
        version.into(),
        checksum.into(),
        since.as_secs_f64().into(),
        took.map(|took| took.as_secs_f64()).into(),
        env!("CARGO_PKG_VERSION").into(),
        how.as_str().into(),
    ];
    let backend = connection.get_database_backend();
    connection
        .execute_raw(Statement::from_sql_and_values(backend, insert, values))
        .await
        .map(|_| ())
}

/// Strikes a revision that was taken back.
///
/// # Errors
/// The engine refuses.
pub(crate) async fn strike<C: ConnectionTrait>(
    connection: &C,
    database: Database,
    version: &str,
) -> Result<(), DbErr> {
    let delete = format!("DELETE FROM {} WHERE version = $1", database.migration_log());
    let backend = connection.get_database_backend();
    let delete = Statement::from_sql_and_values(backend, delete, [version.into()]);
    connection.execute_raw(delete).await.map(|_| ())
}

/// The names of the applied revisions, in their order, from SeaORM's own `table`.
///
/// # Errors
/// The engine fails.
pub(crate) async fn names<C: ConnectionTrait>(
    connection: &C,
    table: &str,
) -> Result<Vec<String>, DbErr> {
    if !exists(connection, table).await? {
        return Ok(Vec::new());
    }
    let select = format!("SELECT version FROM {table} ORDER BY version");
    let select = Statement::from_string(connection.get_database_backend(), select);
    let rows = connection.query_all_raw(select).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

/// What is kept, by name; nothing where an earlier version or sea-orm-cli's own books are all there is.
///
/// # Errors
/// The engine fails.
pub(crate) async fn entries<C: ConnectionTrait>(
    connection: &C,
    database: Database,
) -> Result<Vec<Entry>, DbErr> {
    let table = database.migration_log();
    if !exists(connection, &table).await? {
        return Ok(Vec::new());
    }
    let select = format!(
        "SELECT version, checksum, applied_at, duration_sec, tool_version, how FROM {table} ORDER BY version"
    );
    let select = Statement::from_string(connection.get_database_backend(), select);
    let read = |row: &QueryResult| {
        Ok(Entry {
            version: row.try_get("", "version")?,
            checksum: row.try_get("", "checksum")?,
            applied_at: row.try_get("", "applied_at")?,
            duration_sec: row.try_get("", "duration_sec")?,
            tool_version: row.try_get("", "tool_version")?,
            how: row.try_get("", "how")?,
        })
    };
    connection.query_all_raw(select).await?.iter().map(read).collect()
}

/// Refuses to take back a revision that a file had when it was taken over: its tables are not ours to drop.
///
/// # Errors
/// The revision was adopted, or the engine fails.
pub(crate) async fn refuse_adopted<C: ConnectionTrait>(
    connection: &C,
    database: Database,
    version: &str,
) -> Result<(), DbErr> {
    let entries = entries(connection, database).await?;
    match entries.iter().find(|entry| entry.version == version) {
        Some(entry) if entry.is_adopted() => Err(DbErr::Migration(format!(
            "{version} was adopted with the file, and is not taken back: the tables were there before Almanac. The \
             backup that `almanac adopt` made is the way back"
        ))),
        _ => Ok(()),
    }
}

/// Whether there is a table of this name, in this file or schema.
pub(crate) async fn exists<C: ConnectionTrait>(connection: &C, table: &str) -> Result<bool, DbErr> {
    let backend = connection.get_database_backend();
    let look = match backend {
        DbBackend::Postgres => {
            "SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = $1"
        }
        _ => "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = $1",
    };
    let look = Statement::from_sql_and_values(backend, look, [table.into()]);
    Ok(connection.query_one_raw(look).await?.is_some())
}
