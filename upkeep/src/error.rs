//! What can go wrong, each with the way out.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use almanac_database::OpenError;
use sea_orm::DbErr;

/// Why a piece of upkeep was not done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A database could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// An engine refused.
    #[error("{0}")]
    Engine(#[from] DbErr),
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
    /// An argument, or what stands where it points to, does not allow it.
    #[error("{argument}: {reason}")]
    Refused {
        /// The argument at fault.
        argument: &'static str,
        /// Why, and what to do.
        reason: String,
    },
    /// Somebody has the database open.
    #[error("{place} is in use by {holders}; stop it and run this again")]
    InUse {
        /// The file, or the schema.
        place: String,
        /// Who has it open.
        holders: String,
    },
    /// A table was replaced by another of its name while it was read.
    #[error("{table} was replaced while it was read, as by a restore; run this again")]
    Replaced {
        /// The table.
        table: String,
    },
    /// A program that is needed is missing or failed.
    #[error("{tool}: {reason}")]
    Tool {
        /// The program.
        tool: &'static str,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// A backup or a copy is not what it should be.
    #[error("{place}: {reason}")]
    Damaged {
        /// What was looked at.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl Error {
    pub(crate) fn refused(argument: &'static str, reason: impl Into<String>) -> Self {
        Self::Refused { argument, reason: reason.into() }
    }

    pub(crate) fn damaged(place: impl fmt::Display, reason: impl Into<String>) -> Self {
        Self::Damaged { place: place.to_string(), reason: reason.into() }
    }

    /// For `map_err`: says what was to be done with which file.
    pub(crate) fn file(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::File { doing, path, source }
    }
}

/// The outcome of a piece of upkeep.
pub type Result<T> = std::result::Result<T, Error>;
