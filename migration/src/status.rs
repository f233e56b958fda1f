//! Where a database stands.

use almanac_database::{Address, Database, Mode, connect};
use migration_support::Entry;
use sea_orm_migration::{
    prelude::{ConnectionTrait, DbErr},
    sea_orm::{DatabaseConnection, DbBackend, Statement},
};

use crate::{revisions, target::refused};

/// A revision and whether the database has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Migration {
    /// Its name.
    pub name: String,
    /// Whether it is applied.
    pub applied: bool,
    /// When and how it was applied, where that was written down.
    pub entry: Option<Entry>,
    /// Whether it is another one now than when it was applied.
    pub edited: bool,
}

impl Migration {
    /// Whether the database had it when it was taken over.
    pub fn is_adopted(&self) -> bool {
        self.applied && self.entry.as_ref().is_some_and(Entry::is_adopted)
    }
}

/// Where a database stands.
#[derive(Clone, Debug)]
pub struct Status {
    /// The database.
    pub database: Database,
    /// Whether there is a file, or on a server any table, at all.
    pub exists: bool,
    /// The revisions that this program knows, oldest first.
    pub revisions: Vec<Migration>,
    /// Applied revisions that this program does not know: a newer one applied them.
    pub unknown: Vec<String>,
    /// What Alembic's table says, which proves nothing and is kept.
    pub alembic: Option<String>,
}

impl Status {
    /// The newest revision applied.
    pub fn current(&self) -> Option<&str> {
        let known = || self.revisions.iter().rev().find(|revision| revision.applied);
        self.unknown.last().or_else(|| known().map(|revision| &revision.name)).map(String::as_str)
    }

    /// Whether something else made the database, and it was taken over.
    pub fn is_adopted(&self) -> bool {
        self.revisions.iter().any(Migration::is_adopted)
    }

    /// The revisions not yet applied.
    pub fn pending(&self) -> impl Iterator<Item = &str> {
        self.revisions.iter().filter(|revision| !revision.applied).map(|found| found.name.as_str())
    }

    /// Refuses to change a database that a newer program has changed.
    ///
    /// # Errors
    /// It has revisions that this program does not know.
    pub(crate) fn refuse_unknown(&self) -> Result<(), DbErr> {
        match self.unknown.last() {
            None => Ok(()),
            Some(newest) => Err(refused(&format!(
                "{} is at {newest}, which this program does not know: a newer one made it. Use that one",
                self.database
            ))),
        }
    }

    fn of(database: Database, exists: bool, applied: &[String]) -> Self {
        let names = revisions(database).all();
        let unknown = applied.iter().filter(|name| !names.contains(name)).cloned().collect();
        let migration = |name: String| Migration {
            applied: applied.contains(&name),
            name,
            entry: None,
            edited: false,
        };
        let revisions = names.into_iter().map(migration).collect();
        Self { database, exists, revisions, unknown, alembic: None }
    }
}

/// Reads where the database stands; writes nothing and creates no file.
///
/// # Errors
/// The database cannot be read, or something else made its tables.
pub async fn status(address: &Address) -> Result<Status, DbErr> {
    migration_support::refuse_foreign_file(address).await?;
    peek(address).await
}

/// The same of a database that something else may have made.
pub(crate) async fn peek(address: &Address) -> Result<Status, DbErr> {
    if address.location.file().is_some_and(|path| !path.is_file()) {
        return Ok(Status::of(address.database, false, &[]));
    }
    let connection =
        connect(address, Mode::Read).await.map_err(|error| DbErr::Custom(error.to_string()))?;
    let status = read(address.database, &connection).await;
    connection.close().await?;
    status
}

async fn read(database: Database, connection: &DatabaseConnection) -> Result<Status, DbErr> {
    let revisions = revisions(database);
    let applied = revisions.names(connection).await?;
    let mut status = Status::of(database, true, &applied);
    let checksums = revisions.checksums().await?;
    for entry in revisions.entries(connection).await? {
        let known = status.revisions.iter_mut().find(|revision| revision.name == entry.version);
        if let Some(revision) = known.filter(|revision| revision.applied) {
            revision.edited = checksums.get(&entry.version) != Some(&entry.checksum);
            revision.entry = Some(entry);
        }
    }
    status.alembic = alembic(connection).await?;
    Ok(status)
}

/// The revision in the table that Alembic kept, where there is one.
async fn alembic(connection: &DatabaseConnection) -> Result<Option<String>, DbErr> {
    let backend = connection.get_database_backend();
    let there = match backend {
        DbBackend::Postgres => {
            "SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'alembic_version'"
        }
        _ => "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'alembic_version'",
    };
    if connection.query_one_raw(Statement::from_string(backend, there)).await?.is_none() {
        return Ok(None);
    }
    let kept = Statement::from_string(backend, "SELECT version_num FROM alembic_version");
    match connection.query_one_raw(kept).await? {
        Some(row) => row.try_get_by_index(0),
        None => Ok(None),
    }
}
