//! Databases that can be read, and those that cannot.

use std::collections::BTreeMap;

use almanac_entity::Database;

use crate::{Error, Reader, Result, Sessions};

/// A database that could not be read, so that what it holds is missing from an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The database.
    pub database: Database,
    /// What that means, in words for people.
    pub message: String,
}

/// The sessions of one walk. A database that failed once is not asked again.
#[derive(Debug)]
pub(super) struct Reach<'s> {
    sessions: &'s Sessions,
    down: BTreeMap<&'static str, Notice>,
}

impl<'s> Reach<'s> {
    pub(super) fn new(sessions: &'s Sessions) -> Self {
        Self { sessions, down: BTreeMap::new() }
    }

    /// The session of a database; none where it is down.
    pub(super) async fn reader(&mut self, database: Database) -> Option<Reader> {
        if self.down.contains_key(database.as_str()) {
            return None;
        }
        match self.sessions.reader(database).await {
            Ok(reader) => Some(reader),
            Err(error) => {
                self.note(database, &error);
                None
            }
        }
    }

    /// What was read of a database; none where it is down.
    pub(super) fn read<T>(&mut self, database: Database, outcome: Result<T>) -> Result<Option<T>> {
        match outcome {
            Ok(read) => Ok(Some(read)),
            Err(error @ (Error::Invalid { .. } | Error::NotFound { .. } | Error::Conflict(_))) => {
                Err(error)
            }
            Err(error) => {
                self.note(database, &error);
                Ok(None)
            }
        }
    }

    pub(super) fn into_notices(self) -> Vec<Notice> {
        self.down.into_values().collect()
    }

    fn note(&mut self, database: Database, error: &Error) {
        tracing::warn!(%database, %error, "a walk goes on without a database");
        let reason = match error {
            Error::Busy => "is locked by another program",
            Error::Schema(_) => "is behind its revisions",
            _ => "cannot be read",
        };
        let message = format!("{database} {reason}; what it holds is missing here");
        self.down.insert(database.as_str(), Notice { database, message });
    }
}
