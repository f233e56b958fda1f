//! A database's revisions, each made whole: one transaction, foreign keys proved before it ends.

use almanac_database::Database;
use sea_orm_migration::{
    IntoSchemaManagerConnection, MigrationStatus, MigratorTraitSelf,
    prelude::{
        ConnectionTrait, DbErr, DynIden, IntoIden, MigrationName, MigrationTrait, SchemaManager,
        async_trait,
    },
    sea_orm::{DbBackend, Statement},
};

/// The revisions of one database, as both `sea-orm-cli` and `almanac migrate` run them.
pub struct Revisions {
    database: Database,
    list: fn() -> Vec<Box<dyn MigrationTrait>>,
}

impl Revisions {
    /// The revisions that `list` makes, in their order.
    pub fn new(database: Database, list: fn() -> Vec<Box<dyn MigrationTrait>>) -> Self {
        Self { database, list }
    }

    /// Whose revisions they are.
    pub fn database(&self) -> Database {
        self.database
    }

    /// Every revision's name and whether it is applied, without writing anything.
    ///
    /// # Errors
    /// The books hold a revision that this program does not know, or cannot be read.
    pub async fn applied<C: ConnectionTrait>(
        &self,
        connection: &C,
    ) -> Result<Vec<(String, bool)>, DbErr> {
        let revisions = self.get_migration_with_status_read_only(connection).await?;
        Ok(revisions
            .iter()
            .map(|revision| {
                (revision.name().to_owned(), revision.status() == MigrationStatus::Applied)
            })
            .collect())
    }
}

#[async_trait::async_trait]
impl MigratorTraitSelf for Revisions {
    fn migrations(&self) -> Vec<Box<dyn MigrationTrait>> {
        (self.list)().into_iter().map(|revision| Box::new(Whole(revision)) as _).collect()
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
struct Whole(Box<dyn MigrationTrait>);

impl MigrationName for Whole {
    fn name(&self) -> &str {
        self.0.name()
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Whole {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        self.0.up(manager).await?;
        prove_foreign_keys(manager, self.name()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        self.0.down(manager).await?;
        prove_foreign_keys(manager, self.name()).await
    }

    fn use_transaction(&self) -> Option<bool> {
        self.0.use_transaction().or(Some(true))
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
