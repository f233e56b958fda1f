//! An empty database beside the real one, to try revisions in.

use almanac_database::{Address, Location, Mode, connect};
use sea_orm_migration::{
    prelude::{ConnectionTrait, DbErr},
    sea_orm::{
        ConnectOptions, Database, DatabaseConnection, DatabaseTransaction, TransactionTrait,
        metric::Info,
    },
};

/// The schema of a scratch database on PostgreSQL.
const SCHEMA: &str = "almanac_scratch";

/// A scratch database: in memory on SQLite, on PostgreSQL a schema in a transaction that is rolled back.
#[derive(Debug)]
pub struct Scratch {
    connection: DatabaseConnection,
    transaction: DatabaseTransaction,
    schema: &'static str,
}

impl Scratch {
    /// A scratch database of the same engine as the one at `address`, which it does not touch.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn beside(address: &Address) -> Result<Self, DbErr> {
        Self::heard(address, |_| {}).await
    }

    /// The same, with somebody who hears each statement.
    pub(crate) async fn heard(
        address: &Address,
        hear: impl Fn(&Info<'_>) + Send + Sync + 'static,
    ) -> Result<Self, DbErr> {
        let postgres = matches!(address.location, Location::Postgres(_));
        let mut connection = if postgres {
            let failed = |error: almanac_database::OpenError| DbErr::Custom(error.to_string());
            connect(address, Mode::Watch).await.map_err(failed)?
        } else {
            memory().await?
        };
        connection.set_metric_callback(hear);
        let transaction = connection.begin().await?;
        if postgres {
            for prepare in [
                "SET TRANSACTION READ WRITE".to_owned(),
                format!("CREATE SCHEMA {SCHEMA}"),
                format!("SET LOCAL search_path TO {SCHEMA}"),
            ] {
                transaction.execute_unprepared(&prepare).await?;
            }
        }
        let schema = if postgres { SCHEMA } else { "main" };
        Ok(Self { connection, transaction, schema })
    }

    /// What stands where a connection stands.
    pub fn connection(&self) -> &DatabaseTransaction {
        &self.transaction
    }

    /// The name of the schema that its tables are in.
    pub fn schema(&self) -> &'static str {
        self.schema
    }

    /// Takes it away.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn close(self) -> Result<(), DbErr> {
        self.transaction.rollback().await?;
        self.connection.close().await
    }
}

/// An SQLite database in memory, as a migrator opens one.
async fn memory() -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new("sqlite::memory:");
    options.max_connections(1).min_connections(1).sqlx_logging(false);
    let connection = Database::connect(options).await?;
    connection.execute_unprepared("PRAGMA foreign_keys = OFF").await?;
    Ok(connection)
}
