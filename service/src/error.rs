//! What can go wrong.

use almanac_database::{AddressError, Database, OpenError};
use sea_orm::{DbErr, RuntimeErr, SqlErr, sqlx};

/// The outcome of a service call.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a service call failed. Its text names the argument at fault and the remedy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no such row.
    #[error("there is no {what}")]
    NotFound {
        /// What was looked for.
        what: String,
    },
    /// A row stands in the way.
    #[error("{0}")]
    Conflict(String),
    /// An argument cannot be used.
    #[error("{argument}: {message}")]
    Invalid {
        /// The argument or column.
        argument: String,
        /// What is wrong with it.
        message: String,
    },
    /// The database cannot be opened.
    #[error(transparent)]
    Unavailable(#[from] OpenError),
    /// The database's tables are missing or not as this program knows them.
    #[error(
        "{database}: {message}; `almanac migrate upgrade --database {database}` brings it up to date"
    )]
    Schema {
        /// The database.
        database: Database,
        /// What the engine misses.
        message: String,
    },
    /// Another program holds the database for longer than we wait.
    #[error("the database is locked by another program")]
    Busy,
    /// A database's address cannot be found.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// The engine failed in a way that nobody foresaw.
    #[error(transparent)]
    Database(DbErr),
}

impl Error {
    /// An argument that cannot be used.
    pub fn invalid(argument: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid { argument: argument.into(), message: message.into() }
    }

    /// A row that is not there.
    pub fn not_found(what: impl Into<String>) -> Self {
        Self::NotFound { what: what.into() }
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(message)) => {
                return Self::Conflict(format!("there is such a row already ({message})"));
            }
            Some(SqlErr::ForeignKeyConstraintViolation(_)) => {
                return Self::Conflict(
                    "a row that it refers to is missing, or rows still refer to it".to_owned(),
                );
            }
            _ => {}
        }
        if is_busy(&error) { Self::Busy } else { Self::Database(error) }
    }
}

/// `SQLITE_BUSY` and its extensions, and a pool without a free connection.
fn is_busy(error: &DbErr) -> bool {
    let (DbErr::Conn(RuntimeErr::SqlxError(source))
    | DbErr::Exec(RuntimeErr::SqlxError(source))
    | DbErr::Query(RuntimeErr::SqlxError(source))) = error
    else {
        return matches!(error, DbErr::ConnectionAcquire(_));
    };
    match &**source {
        sqlx::Error::Database(source) => {
            let code = source.code().and_then(|code| code.parse::<i32>().ok());
            source.message().contains("locked") || code.is_some_and(|code| code & 0xff == 5)
        }
        sqlx::Error::PoolTimedOut => true,
        _ => false,
    }
}
