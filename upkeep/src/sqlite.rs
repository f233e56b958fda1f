//! SQLite files opened in the ways that only upkeep needs.

use std::{collections::BTreeMap, path::Path, time::Duration};

use almanac_database::{Address, Mode};
use sea_orm::{
    ConnectOptions, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement,
    sqlx::sqlite::{SqliteConnectOptions, SqliteLockingMode},
};

use crate::{Error, Result, holders};

/// The first bytes of every SQLite file.
const HEADER: &[u8; 16] = b"SQLite format 3\0";

/// Whether a file is an SQLite database, by its header.
pub(crate) fn is_database(path: &Path) -> bool {
    let mut header = [0; HEADER.len()];
    let read = std::fs::File::open(path)
        .and_then(|mut file| std::io::Read::read_exact(&mut file, &mut header));
    read.is_ok() && header == *HEADER
}

/// Opens a file that nobody changes, such as a backup: nothing is written beside it either.
pub(crate) async fn open_sealed(path: &Path) -> Result<DatabaseConnection> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .immutable(true)
        .pragma("query_only", "ON");
    Ok(connect(options).await?)
}

async fn connect(options: SqliteConnectOptions) -> std::result::Result<DatabaseConnection, DbErr> {
    let mut connection = ConnectOptions::new("sqlite://almanac");
    connection
        .map_sqlx_sqlite_opts(move |_| options.clone())
        .max_connections(1)
        .sqlx_logging(false);
    sea_orm::Database::connect(connection).await
}

/// Opens a file to change rows that may refer to each other.
pub(crate) async fn open_writer(path: &Path) -> Result<DatabaseConnection> {
    Ok(connect(SqliteConnectOptions::new().filename(path).foreign_keys(false)).await?)
}

/// Puts the write-ahead log of a database into its file, which nobody else may have open; the file's own mode
/// stays. A rollback journal that a crash left is heeded.
///
/// # Errors
/// Somebody has it open, or it is damaged.
pub async fn put_log_away(path: &Path) -> Result<()> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(Duration::ZERO)
        .locking_mode(SqliteLockingMode::Exclusive);
    let connection = connect(options).await?;
    let mut outcome = Ok(());
    for sql in ["BEGIN EXCLUSIVE", "COMMIT", "PRAGMA wal_checkpoint(TRUNCATE)"] {
        outcome = connection.execute_unprepared(sql).await.map(|_| ());
        if outcome.is_err() {
            break;
        }
    }
    connection.close().await?;
    outcome.map_err(|error| {
        let place = path.display();
        if is_busy(&error) {
            Error::InUse { place: place.to_string(), holders: "another program".to_owned() }
        } else {
            Error::damaged(place, error.to_string())
        }
    })
}

/// Writes a copy of the database at `address` to `to`, which must not exist, while others go on writing.
///
/// `VACUUM INTO` reads within one transaction: the copy is of one committed instant, and in WAL mode holds
/// nobody up. The backup API would begin anew whenever another process commits between two of its steps; in one
/// step it is no better, and copies free pages too.
pub(crate) async fn copy_online(address: &Address, to: &Path) -> Result<()> {
    let connection = almanac_database::connect(address, Mode::Watch).await?;
    let to = to.to_str().ok_or_else(|| {
        Error::refused("folder", format!("{} is not UTF-8; choose another", to.display()))
    })?;
    // The file itself is open for reading only; this would forbid writing the copy as well.
    let copy = async {
        connection.execute_unprepared("PRAGMA query_only = OFF").await?;
        let into = Statement::from_sql_and_values(DbBackend::Sqlite, "VACUUM INTO ?", [to.into()]);
        connection.execute_raw(into).await
    };
    let outcome = copy.await;
    connection.close().await?;
    outcome?;
    Ok(())
}

/// A database that nobody else can use as long as this lives; it has no write-ahead log then.
pub(crate) struct Grip(DatabaseConnection);

impl Grip {
    /// Takes hold of a file. None where it is no usable database, which nobody can use anyway.
    ///
    /// Another connection, even an idle one, keeps a database in WAL mode from leaving that mode; this is how
    /// those are noticed that the list of processes does not show.
    pub(crate) async fn take(path: &Path) -> Result<Option<Self>> {
        let in_use = |holders: String| Error::InUse { place: path.display().to_string(), holders };
        if let Some(holders) = holders::listed(path) {
            return Err(in_use(holders));
        }
        let options = SqliteConnectOptions::new().filename(path).busy_timeout(Duration::ZERO);
        let connection = match connect(options).await {
            Ok(connection) => connection,
            Err(error) if is_busy(&error) => return Err(in_use("another program".to_owned())),
            Err(_) => return Ok(None),
        };
        for sql in
            ["PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA journal_mode = DELETE", "BEGIN EXCLUSIVE"]
        {
            if let Err(error) = connection.execute_unprepared(sql).await {
                connection.close().await?;
                return if is_busy(&error) {
                    Err(in_use("another program".to_owned()))
                } else {
                    Ok(None)
                };
            }
        }
        Ok(Some(Self(connection)))
    }

    /// Lets go of it.
    pub(crate) async fn release(self) -> Result<()> {
        self.0.execute_unprepared("ROLLBACK").await?;
        Ok(self.0.close().await?)
    }
}

fn is_busy(error: &DbErr) -> bool {
    let text = error.to_string();
    text.contains("locked") || text.contains("busy")
}

/// What SQLite itself finds wrong with a file.
///
/// # Errors
/// It cannot be read at all.
pub async fn complaints<C: ConnectionTrait>(connection: &C) -> Result<Vec<String>> {
    let check = Statement::from_string(DbBackend::Sqlite, "PRAGMA integrity_check");
    let rows = connection.query_all_raw(check).await?;
    let lines: Vec<String> =
        rows.iter().map(|row| row.try_get_by_index(0)).collect::<std::result::Result<_, _>>()?;
    Ok(lines.into_iter().filter(|line| line != "ok").collect())
}

/// How many rows refer to others that are not there.
pub(crate) async fn orphans<C: ConnectionTrait>(connection: &C) -> Result<u64> {
    Ok(orphans_by_table(connection).await?.values().sum())
}

/// How many rows of each table refer to others that are not there, as far as SQLite can tell: it cannot where a foreign
/// key names what is not unique.
///
/// # Errors
/// SQLite fails.
pub async fn orphans_by_table<C: ConnectionTrait>(connection: &C) -> Result<BTreeMap<String, u64>> {
    let names = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'";
    let names = Statement::from_string(DbBackend::Sqlite, names);
    let mut orphans = BTreeMap::new();
    for row in connection.query_all_raw(names).await? {
        let name: String = row.try_get_by_index(0)?;
        let check = "SELECT COUNT(*) FROM pragma_foreign_key_check(?)";
        let check =
            Statement::from_sql_and_values(DbBackend::Sqlite, check, [name.as_str().into()]);
        match connection.query_one_raw(check).await {
            Ok(Some(row)) => {
                let count: i64 = row.try_get_by_index(0)?;
                orphans.insert(name, count.unsigned_abs());
            }
            Ok(None) => {}
            Err(error) if error.to_string().contains("foreign key mismatch") => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(orphans)
}
