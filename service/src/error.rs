//! What can go wrong.

use crate::access::Role;
use almanac_database::{AddressError, OpenError};
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
    /// Nobody knows who asks.
    #[error("{what} asks for a token; `almanac token create` makes one")]
    Unauthenticated {
        /// What was asked for.
        what: String,
    },
    /// Whoever asks may not.
    #[error("{what} asks for the role {least}, and this token's is {role}")]
    Forbidden {
        /// What was asked for.
        what: String,
        /// The role it asks for.
        least: Role,
        /// The role there is.
        role: Role,
    },
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
    /// A table or column that this program knows is not there.
    #[error("{0}; `almanac migrate current --all` shows which database is behind")]
    Schema(String),
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
        match driver_error(&error) {
            Some(sqlx::Error::PoolTimedOut) => Self::Busy,
            Some(sqlx::Error::Database(source)) if is_locked(&**source) => Self::Busy,
            Some(sqlx::Error::Database(source)) if is_behind(&**source) => {
                Self::Schema(source.message().to_owned())
            }
            None if matches!(error, DbErr::ConnectionAcquire(_)) => Self::Busy,
            _ => Self::Database(error),
        }
    }
}

fn driver_error(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(source))
        | DbErr::Exec(RuntimeErr::SqlxError(source))
        | DbErr::Query(RuntimeErr::SqlxError(source)) => Some(source),
        _ => None,
    }
}

/// `SQLITE_BUSY` and its extensions: another program holds the file.
fn is_locked(error: &dyn sqlx::error::DatabaseError) -> bool {
    let code = error.code().and_then(|code| code.parse::<i32>().ok());
    error.message().contains("database is locked") || code.is_some_and(|code| code & 0xff == 5)
}

/// A table, column or schema that does not exist.
fn is_behind(error: &dyn sqlx::error::DatabaseError) -> bool {
    let message = error.message();
    message.starts_with("no such table")
        || message.starts_with("no such column")
        || matches!(error.code().as_deref(), Some("42P01" | "42703" | "3F000"))
}
