//! SQLite databases in memory, gone with their connection.

use migration_schema::{Schema, reflect};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};

/// An empty database.
pub(crate) async fn empty() -> DatabaseConnection {
    let mut options = ConnectOptions::new("sqlite::memory:");
    options.max_connections(1).min_connections(1).sqlx_logging(false);
    Database::connect(options).await.expect("a database in memory")
}

/// A database made by some statements.
pub(crate) async fn database(ddl: &str) -> DatabaseConnection {
    let connection = empty().await;
    connection.execute_unprepared(ddl).await.unwrap_or_else(|error| panic!("{ddl}: {error}"));
    connection
}

/// The schema that some statements make.
pub(crate) async fn schema(ddl: &str) -> Schema {
    reflect(&database(ddl).await, "main").await.expect("it is read")
}
