//! A database's revisions, each made whole: one transaction, foreign keys proved before it ends.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Instant, SystemTime},
};

use almanac_database::{Address, Database, Location, Origin};
use sea_orm_migration::{
    IntoSchemaManagerConnection, MigratorTraitSelf,
    prelude::{
        ConnectionTrait, DbErr, DynIden, IntoIden, MigrationName, MigrationTrait, SchemaManager,
        async_trait,
    },
    sea_orm::{DatabaseConnection, DatabaseTransaction, DbBackend, Statement, TransactionTrait},
};
use tokio::sync::OnceCell;

use crate::{
    Script, adoption,
    books::{self, Entry, How},
    script,
};

/// The checksums of revisions by name, worked out when the first is needed.
type Checksums = Arc<OnceCell<BTreeMap<String, String>>>;

/// The revisions of one database, as both `sea-orm-cli` and `almanac migrate` run them.
pub struct Revisions {
    database: Database,
    list: fn() -> Vec<Box<dyn MigrationTrait>>,
    checksums: Checksums,
}

impl Revisions {
    /// The revisions that `list` makes, in their order.
    pub fn new(database: Database, list: fn() -> Vec<Box<dyn MigrationTrait>>) -> Self {
        Self { database, list, checksums: Checksums::default() }
    }

    /// Whose revisions they are.
    pub fn database(&self) -> Database {
        self.database
    }

    /// The names of the revisions, oldest first.
    pub fn all(&self) -> Vec<String> {
        (self.list)().iter().map(|revision| revision.name().to_owned()).collect()
    }

    /// Every revision's name and whether it is applied. Writes nothing.
    ///
    /// # Errors
    /// The books cannot be read.
    pub async fn applied<C: ConnectionTrait>(
        &self,
        connection: &C,
    ) -> Result<Vec<(String, bool)>, DbErr> {
        let names = self.names(connection).await?;
        Ok(self.all().into_iter().map(|name| (name.clone(), names.contains(&name))).collect())
    }

    /// The revisions as SQL for the engine at `address`, in their order. SQLite's are heard in memory,
    /// PostgreSQL's from the server, in a transaction that is rolled back: the database itself is not touched.
    ///
    /// # Errors
    /// A revision fails on a database without rows, or the server refuses.
    pub async fn scripts(&self, address: &Address) -> Result<Vec<Script>, DbErr> {
        match script::scripts(&(self.list)(), address).await? {
            (scripts, None) => Ok(scripts),
            (_, Some(error)) => Err(error),
        }
    }

    /// The checksum of every revision, by name; without those that cannot be heard.
    ///
    /// # Errors
    /// There is no memory for a database.
    pub async fn checksums(&self) -> Result<&BTreeMap<String, String>, DbErr> {
        checksums(&self.checksums, self.database, self.list).await
    }

    /// The names in the books, oldest first, whether this program knows them or not. Writes nothing.
    ///
    /// # Errors
    /// The books cannot be read.
    pub async fn names<C: ConnectionTrait>(&self, connection: &C) -> Result<Vec<String>, DbErr> {
        books::names(connection, &self.database.migration_table()).await
    }

    /// What is kept of the revisions beside their names. Writes nothing.
    ///
    /// # Errors
    /// The books cannot be read.
    pub async fn entries<C: ConnectionTrait>(&self, connection: &C) -> Result<Vec<Entry>, DbErr> {
        books::entries(connection, self.database).await
    }

    /// Makes the books say that the database has the first `count` revisions and no others, and runs none. Names
    /// that this program does not know are struck only where `purge` says so.
    ///
    /// # Errors
    /// The books cannot be written.
    pub async fn stamp(
        &self,
        connection: &DatabaseConnection,
        count: usize,
        how: How,
        purge: bool,
    ) -> Result<(), DbErr> {
        let transaction = connection.begin().await?;
        self.stamp_within(&transaction, count, how, purge).await?;
        transaction.commit().await
    }

    /// The same as a part of a transaction.
    ///
    /// # Errors
    /// The books cannot be written.
    pub async fn stamp_within(
        &self,
        transaction: &DatabaseTransaction,
        count: usize,
        how: How,
        purge: bool,
    ) -> Result<(), DbErr> {
        self.install(transaction).await?;
        let table = self.database.migration_table();
        let (all, checksums) = (self.all(), self.checksums().await?);
        let backend = transaction.get_database_backend();
        let known = self.names(transaction).await?;
        for name in &known {
            let position = all.iter().position(|revision| revision == name);
            if position.map_or(purge, |position| position >= count) {
                let delete = format!("DELETE FROM {table} WHERE version = $1");
                let values = [name.as_str().into()];
                let delete = Statement::from_sql_and_values(backend, delete, values);
                transaction.execute_raw(delete).await?;
                books::strike(transaction, self.database, name).await?;
            }
        }
        for name in all.iter().take(count).filter(|name| !known.contains(name)) {
            let checksum = checksums.get(name).map_or("", String::as_str);
            books::enter(transaction, self.database, (name, checksum), how, None).await?;
            let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
            let since = i64::try_from(since.unwrap_or_default().as_secs()).unwrap_or(i64::MAX);
            let insert = format!("INSERT INTO {table} (version, applied_at) VALUES ($1, $2)");
            let values = [name.as_str().into(), since.into()];
            let insert = Statement::from_sql_and_values(backend, insert, values);
            transaction.execute_raw(insert).await?;
        }
        Ok(())
    }

    /// Writes down in what a file that is taken over differs from one that the revisions made, a line each.
    ///
    /// # Errors
    /// The books cannot be written.
    pub async fn tolerate<C: ConnectionTrait>(
        &self,
        connection: &C,
        differences: &[String],
    ) -> Result<(), DbErr> {
        adoption::keep(connection, self.database, differences).await
    }

    /// In what the file was different when it was taken over; nothing where it was not. Writes nothing.
    ///
    /// # Errors
    /// The books cannot be read.
    pub async fn tolerated<C: ConnectionTrait>(
        &self,
        connection: &C,
    ) -> Result<Vec<String>, DbErr> {
        adoption::kept(connection, self.database).await
    }
}

#[async_trait::async_trait]
impl MigratorTraitSelf for Revisions {
    fn migrations(&self) -> Vec<Box<dyn MigrationTrait>> {
        let whole = |revision| Whole {
            revision,
            database: self.database,
            list: self.list,
            checksums: self.checksums.clone(),
        };
        (self.list)().into_iter().map(|revision| Box::new(whole(revision)) as _).collect()
    }

    fn migration_table_name(&self) -> DynIden {
        self.database.migration_table().into_iden()
    }

    /// Prints each revision with its status; creates nothing, unlike the trait's own.
    async fn status<C: ConnectionTrait>(&self, connection: &C) -> Result<(), DbErr> {
        // sea-orm-migration's binary shows no other target.
        let say = |line: String| tracing::info!(target: "sea_orm_migration", "{line}");
        say(format!("Checking migration status of {}", self.database));
        for (name, applied) in self.applied(connection).await? {
            say(format!("Migration '{name}'... {}", if applied { "Applied" } else { "Pending" }));
        }
        Ok(())
    }

    /// Takes this database's own revisions back and applies them again. The trait's own would drop
    /// every table it finds, those of other databases in the same schema among them.
    async fn fresh<'c, C: IntoSchemaManagerConnection<'c>>(
        &self,
        connection: C,
    ) -> Result<(), DbErr> {
        self.refresh(connection).await
    }
}

/// A revision in one transaction on both engines: schema, data and books change together or not at all.
struct Whole {
    revision: Box<dyn MigrationTrait>,
    database: Database,
    list: fn() -> Vec<Box<dyn MigrationTrait>>,
    checksums: Checksums,
}

async fn checksums(
    cell: &OnceCell<BTreeMap<String, String>>,
    database: Database,
    list: fn() -> Vec<Box<dyn MigrationTrait>>,
) -> Result<&BTreeMap<String, String>, DbErr> {
    let work_out = async || {
        let memory = Address::new(database, Location::Memory, Origin::Default);
        let (scripts, _) = script::scripts(&list(), &memory).await?;
        Ok(scripts.iter().map(|script| (script.name.clone(), script.checksum.clone())).collect())
    };
    cell.get_or_try_init(work_out).await
}

impl MigrationName for Whole {
    fn name(&self) -> &str {
        self.revision.name()
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Whole {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let checksums = checksums(&self.checksums, self.database, self.list).await?;
        // Empty where it cannot be heard; the database will say why.
        let checksum = checksums.get(self.name()).map_or("", String::as_str);
        let own = adoption::own_columns(manager.get_connection(), self.database).await?;
        let begun = Instant::now();
        self.revision.up(manager).await?;
        prove_foreign_keys(manager, self.name()).await?;
        prove_own_columns(manager, &own, self.name()).await?;
        let entry = (self.name(), checksum);
        let connection = manager.get_connection();
        books::enter(connection, self.database, entry, How::Applied, Some(begun.elapsed())).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        books::refuse_adopted(manager.get_connection(), self.database, self.name()).await?;
        let own = adoption::own_columns(manager.get_connection(), self.database).await?;
        self.revision.down(manager).await?;
        prove_foreign_keys(manager, self.name()).await?;
        prove_own_columns(manager, &own, self.name()).await?;
        books::strike(manager.get_connection(), self.database, self.name()).await
    }

    fn use_transaction(&self) -> Option<bool> {
        self.revision.use_transaction().or(Some(true))
    }
}

/// The migrators' SQLite connections do not enforce foreign keys, so a revision proves at its end that
/// every row still has its parent.
async fn prove_foreign_keys(manager: &SchemaManager<'_>, revision: &str) -> Result<(), DbErr> {
    if manager.get_database_backend() != DbBackend::Sqlite {
        return Ok(());
    }
    let check = Statement::from_string(DbBackend::Sqlite, "PRAGMA foreign_key_check");
    let Some(row) = manager.get_connection().query_one_raw(check).await? else { return Ok(()) };
    let (child, parent): (String, String) = (row.try_get("", "table")?, row.try_get("", "parent")?);
    Err(DbErr::Migration(format!("{revision} would leave rows of {child} without their {parent}")))
}

/// A file that was taken over may have columns that no revision knows of. A revision proves at its end that they are
/// still there, unless their table is gone.
async fn prove_own_columns(
    manager: &SchemaManager<'_>,
    own: &[(String, String)],
    revision: &str,
) -> Result<(), DbErr> {
    for (table, column) in own {
        if manager.has_table(table).await? && !manager.has_column(table, column).await? {
            return Err(DbErr::Migration(format!(
                "{revision} would lose {table}.{column}, a column of this file's own; nothing was changed"
            )));
        }
    }
    Ok(())
}
