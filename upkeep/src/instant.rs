//! Reading as of one committed instant.

use sea_orm::{
    AccessMode, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, IsolationLevel,
    TransactionTrait,
};

/// Begins a transaction that sees one committed instant, as every transaction of SQLite does.
pub(crate) async fn one_instant(
    connection: &DatabaseConnection,
) -> std::result::Result<DatabaseTransaction, DbErr> {
    match connection.get_database_backend() {
        DbBackend::Postgres => {
            let level = Some(IsolationLevel::RepeatableRead);
            connection.begin_with_config(level, Some(AccessMode::ReadOnly)).await
        }
        _ => connection.begin().await,
    }
}
