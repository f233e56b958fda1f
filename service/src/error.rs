//! What can go wrong.

use almanac_database::{AddressError, OpenError};
use sea_orm::{
    DbErr, RuntimeErr, SqlErr,
    prelude::Uuid,
    sqlx::{self, error::ErrorKind, postgres::PgDatabaseError},
};

use crate::{access::Role, budget};

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
    /// A row of AstrID is there already.
    #[error("there is {what} already{}", .id.map(|id| format!(", {id}")).unwrap_or_default())]
    AlreadyExists {
        /// The row, such as `a survey ZTF`.
        what: String,
        /// Its key, where that is known.
        id: Option<Uuid>,
    },
    /// Something of AstrID's is not in a state from which there is a way to the one wanted.
    #[error("{0}")]
    InvalidTransition(String),
    /// A row of AstrID cannot go while rows of another table refer to it.
    #[error(
        "{}{table} still refer to it; remove those first",
        .count.map_or_else(|| "rows of ".to_owned(), |count| format!("{count} "))
    )]
    ReferencedBy {
        /// The other table.
        table: &'static str,
        /// How many of its rows, where they were counted.
        count: Option<u64>,
    },
    /// A worker of AstrID no longer holds a job, and must not write what came of it.
    #[error("job {job} is no longer yours; another worker may have it, or it was called off")]
    LeaseLost {
        /// The job.
        job: Uuid,
    },
    /// A job of AstrID was tried as often as it may be.
    #[error("job {job} has used all {retries} retries; requeue it to begin anew")]
    RetryLimitExceeded {
        /// The job.
        job: Uuid,
        /// How many retries it may use.
        retries: i32,
    },
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
    /// Whoever asks may change what is their own alone, whatever their role.
    #[error("{what} is another's, and only they may change it")]
    NotYours {
        /// What was to be changed, such as `the vote 0199…`.
        what: String,
    },
    /// An argument cannot be used.
    #[error("{argument}: {message}")]
    Invalid {
        /// The argument or column.
        argument: String,
        /// What is wrong with it.
        message: String,
        /// The rule that it breaks, in a word such as `required`; AstrID's fields have them.
        rule: Option<&'static str>,
    },
    /// A table of AstrID is asked for whose phase is not applied.
    #[error(
        "{table} belongs to phase {phase} of astrid, which is not applied; `almanac migrate upgrade --database astrid` \
         applies it"
    )]
    PhaseNotApplied {
        /// The table.
        table: &'static str,
        /// Its phase, from 1.
        phase: u8,
    },
    /// AstrID's legacy table is to be changed, and its rows are copied already.
    #[error(
        "example_model is only read since its rows became observations; ingest observations instead"
    )]
    LegacyReadOnly,
    /// AstrID's legacy table is gone.
    #[error("example_model is retired; its rows are the settings legacy.example_model.*")]
    LegacyRetired,
    /// The database cannot be opened.
    #[error(transparent)]
    Unavailable(OpenError),
    /// A table or column that this program knows is not there.
    #[error("{0}; `almanac migrate current --all` shows which database is behind")]
    Schema(String),
    /// Another program holds the database for longer than we wait, or too many of us want it.
    #[error("the database is locked by another program or busy; try again")]
    Busy,
    /// A statement took longer than one may.
    #[error("a statement took too long; ask for less, or by columns that have an index")]
    Timeout,
    /// A request ran more statements than one may.
    #[error("this takes more SQL statements than one request may run; ask for less at once")]
    TooManyStatements,
    /// The file is damaged, or the server went away.
    #[error("{0}")]
    Broken(DbErr),
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
        Self::Invalid { argument: argument.into(), message: message.into(), rule: None }
    }

    /// A field of AstrID that breaks a rule.
    pub(crate) fn breaks(
        rule: &'static str,
        field: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self::Invalid { argument: field.into(), message: message.into(), rule: Some(rule) }
    }

    /// A row that is not there.
    pub fn not_found(what: impl Into<String>) -> Self {
        Self::NotFound { what: what.into() }
    }

    /// Why a row of AstrID was not inserted: a foreign key can only have missed its parent. `what` is what
    /// the row is called.
    pub(crate) fn of_insert(what: &str, error: DbErr) -> Self {
        if is_foreign_key(&error) {
            return Self::not_found(format!("row that it refers to{}", of_constraint(&error)));
        }
        if let Some(SqlErr::UniqueConstraintViolation(message)) = error.sql_err() {
            let columns = columns_of(&error, &message).join(", ");
            return Self::AlreadyExists { what: format!("{what} with this {columns}"), id: None };
        }
        error.into()
    }

    /// Why a delete failed: a foreign key can only have been held by children.
    pub(crate) fn of_delete(error: DbErr) -> Self {
        if is_foreign_key(&error) {
            return Self::Conflict(format!("rows still refer to it{}", of_constraint(&error)));
        }
        error.into()
    }
}

impl From<OpenError> for Error {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Refused { source, .. } if is_busy(&source) => Self::Busy,
            error => Self::Unavailable(error),
        }
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        if let Some(SqlErr::UniqueConstraintViolation(message)) = error.sql_err() {
            return Self::Conflict(same_values(&columns_of(&error, &message)));
        }
        if is_foreign_key(&error) {
            let message = "a row that it refers to is missing, or rows still refer to it";
            return Self::Conflict(message.to_owned());
        }
        if let Some(refusal) = refused_value(&error) {
            return refusal;
        }
        if is_busy(&error) {
            return Self::Busy;
        }
        match &error {
            DbErr::Custom(message) if message == budget::SPENT => return Self::TooManyStatements,
            _ => {}
        }
        match driver_error(&error) {
            Some(sqlx::Error::Database(source)) if is_behind(&**source) => {
                Self::Schema(source.message().to_owned())
            }
            Some(sqlx::Error::Database(source)) if is_interrupted(&**source) => Self::Timeout,
            Some(sqlx::Error::Database(source)) if is_broken(&**source) => Self::Broken(error),
            Some(sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed) => {
                Self::Broken(error)
            }
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

/// A value that a column cannot hold, found by the engine: none where one has to be, one that a check of the
/// table refuses, or one that the engine has no form for.
fn refused_value(error: &DbErr) -> Option<Error> {
    let Some(sqlx::Error::Database(source)) = driver_error(error) else { return None };
    match source.kind() {
        ErrorKind::NotNullViolation => {
            let named = match source.try_downcast_ref::<PgDatabaseError>() {
                Some(source) => source.column(),
                None => source.message().rsplit('.').next(),
            };
            Some(Error::invalid(named.unwrap_or("a column"), "it has to be given"))
        }
        ErrorKind::CheckViolation => {
            let named = of_constraint(error);
            Some(Error::invalid("row", format!("a value is not one that its table takes{named}")))
        }
        // PostgreSQL's class of data exceptions.
        _ if source.code().is_some_and(|code| code.len() == 5 && code.starts_with("22")) => {
            Some(Error::invalid("value", "the database has no form for it"))
        }
        _ => None,
    }
}

/// Whether a foreign key was broken. SQLite has another code for it where the key restricts.
fn is_foreign_key(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::ForeignKeyConstraintViolation(_)))
        || matches!(driver_error(error), Some(sqlx::Error::Database(source))
            if sqlite_code(&**source) == Some(19) && source.message() == "FOREIGN KEY constraint failed")
}

/// The constraint that was broken, as something to be added to a sentence; nothing where the engine does not
/// name it. SQLite names checks alone, and those without a name by their condition.
fn of_constraint(error: &DbErr) -> String {
    let Some(sqlx::Error::Database(source)) = driver_error(error) else { return String::new() };
    let named = match source.try_downcast_ref::<PgDatabaseError>() {
        Some(source) => source.constraint(),
        None => source.message().strip_prefix("CHECK constraint failed: "),
    };
    let named = named.filter(|name| is_name(name));
    named.map(|name| format!(" ({name})")).unwrap_or_default()
}

/// Whether somebody else holds what is needed: a lock, or all connections.
fn is_busy(error: &DbErr) -> bool {
    match driver_error(error) {
        Some(sqlx::Error::PoolTimedOut) => true,
        Some(sqlx::Error::Database(source)) => {
            // PostgreSQL: lock not available, too many connections.
            source.message().contains("database is locked")
                || sqlite_code(&**source) == Some(5)
                || matches!(source.code().as_deref(), Some("55P03" | "53300"))
        }
        Some(_) => false,
        None => matches!(error, DbErr::ConnectionAcquire(_)),
    }
}

/// SQLite's code without its extension; PostgreSQL's have five characters.
fn sqlite_code(error: &dyn sqlx::error::DatabaseError) -> Option<i32> {
    let code = error.code().filter(|code| code.len() < 5)?;
    Some(code.parse::<i32>().ok()? & 0xff)
}

/// A table, column or schema that does not exist.
fn is_behind(error: &dyn sqlx::error::DatabaseError) -> bool {
    let message = error.message();
    message.starts_with("no such table")
        || message.starts_with("no such column")
        || matches!(error.code().as_deref(), Some("42P01" | "42703" | "3F000"))
}

/// A statement that was stopped for the time it took.
fn is_interrupted(error: &dyn sqlx::error::DatabaseError) -> bool {
    sqlite_code(error) == Some(9) || error.code().as_deref() == Some("57014")
}

/// SQLite: input or output failed, the file is malformed, cannot be opened, or is no database. PostgreSQL: the
/// connection failed, or the server shuts down.
fn is_broken(error: &dyn sqlx::error::DatabaseError) -> bool {
    let code = error.code();
    let code = code.as_deref().unwrap_or_default();
    matches!(sqlite_code(error), Some(10 | 11 | 14 | 26))
        || code.len() == 5 && (code.starts_with("08") || code.starts_with("57P"))
}

/// The columns whose values another row has. SQLite names them in its message, PostgreSQL in the detail.
fn columns_of(error: &DbErr, message: &str) -> Vec<String> {
    let detail = match driver_error(error) {
        Some(sqlx::Error::Database(source)) => {
            source.try_downcast_ref::<PgDatabaseError>().and_then(PgDatabaseError::detail)
        }
        _ => None,
    };
    let columns = match detail {
        Some(detail) => detail.strip_prefix("Key (").and_then(|rest| rest.split_once(")=(")),
        None => message.split_once("UNIQUE constraint failed: ").map(|(_, columns)| (columns, "")),
    };
    let names = columns.map_or("", |(columns, _)| columns).split(", ");
    let names = names.map(|name| name.rsplit('.').next().unwrap_or(name).trim_matches('"'));
    names.filter(|name| is_name(name)).map(str::to_owned).collect()
}

/// Whether a text is the name of something in a database.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn same_values(columns: &[String]) -> String {
    match columns {
        [] => "there is such a row already".to_owned(),
        [column] => format!("there is a row with this {column} already"),
        columns => format!("there is a row with these {} already", columns.join(", ")),
    }
}
