//! Reading the schema of a live database.

use sea_orm::{ConnectionTrait, DbBackend, TransactionTrait};

use crate::{Error, Schema, postgres, sqlite};

/// Reads a database: the main one of an SQLite connection, where `name` means nothing, or the schema
/// `name` of a PostgreSQL database.
///
/// # Errors
/// The engine is another, or refuses to be read.
pub async fn reflect<C>(connection: &C, name: &str) -> Result<Schema, Error>
where
    C: ConnectionTrait + TransactionTrait,
{
    match connection.get_database_backend() {
        DbBackend::Sqlite => sqlite::reflect::reflect(connection).await,
        DbBackend::Postgres => postgres::reflect::reflect(connection, name).await,
        _ => Err(Error::Unsupported),
    }
}
