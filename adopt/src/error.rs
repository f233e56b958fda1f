//! What can go wrong, each with the way out.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use almanac_database::OpenError;
use sea_orm::DbErr;

/// Why a file was not looked at or not taken over. It is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file, or an argument, does not allow it.
    #[error("{place}: {reason}")]
    Refused {
        /// The file or the argument.
        place: String,
        /// Why, and what to do.
        reason: String,
    },
    /// Another program is writing.
    #[error(
        "{file} is open for writing by {holders}; stop it and run this again, or wait for it with --force",
        file = file.display()
    )]
    Busy {
        /// The file.
        file: PathBuf,
        /// Who has it open.
        holders: String,
    },
    /// A statement failed.
    #[error("{source}, in: {sql}")]
    Statement {
        /// The statement.
        sql: String,
        /// What SQLite said.
        source: DbErr,
    },
    /// A file or folder could not be used.
    #[error("cannot {doing} {path}: {source}", path = path.display())]
    File {
        /// What was to be done with it.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// SQLite refused.
    #[error("{0}")]
    Engine(#[from] DbErr),
    /// A file could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A schema could not be read or compared.
    #[error(transparent)]
    Schema(#[from] migration_schema::Error),
    /// The backup could not be made or is not what it should be.
    #[error("no backup could be made, so nothing was changed: {0} (--no-backup does without)")]
    Backup(#[from] almanac_upkeep::Error),
}

impl Error {
    pub(crate) fn refused(place: impl fmt::Display, reason: impl Into<String>) -> Self {
        Self::Refused { place: format!("{place}"), reason: reason.into() }
    }

    /// For `map_err`: says of a file that SQLite cannot make sense of that it is damaged.
    pub(crate) fn of(file: &Path) -> impl FnOnce(Self) -> Self {
        move |error| match error.to_string() {
            text if text.contains("malformed") => Self::damaged(file, &text),
            _ => error,
        }
    }

    pub(crate) fn damaged(file: &Path, complaint: &str) -> Self {
        let reason = format!("it is damaged ({complaint}); restore a backup of it");
        Self::refused(file.display(), reason)
    }

    /// For `map_err`: says what was to be done with which file.
    pub(crate) fn file(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { doing, path, source }
    }
}

/// The outcome of looking at a file, or of taking it over.
pub type Result<T> = std::result::Result<T, Error>;
