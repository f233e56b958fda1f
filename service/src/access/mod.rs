//! Who may do what.
//!
//! Whoever changes something is a [`Principal`] with a [`Role`], and every change is an [`Operation`] that
//! asks for a role. The check stands where work begins ([`Sessions::work`](crate::Sessions::work)), below
//! every interface. Reading is open, but for the tables that ask for a role of their own ([`Access`]).

mod operation;
mod reading;
mod token;

use std::{fmt, str::FromStr};

pub use operation::Operation;
pub use reading::Access;
pub use token::{Secret, Token, Tokens};

use crate::{Error, Result};

/// What somebody may do. Each role may do what the one before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Reads.
    Viewer,
    /// Judges: classifies, flags, acknowledges, notes.
    Analyst,
    /// Runs the pipeline: queues, states, calibration, catalogues.
    Operator,
    /// Deletes, cleans up and configures.
    Admin,
}

impl Role {
    /// All roles, the least first.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Analyst, Self::Operator, Self::Admin];

    /// The role's word, such as `operator`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Analyst => "analyst",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self> {
        let mut roles = Self::ALL.into_iter();
        roles.find(|role| role.as_str() == word).ok_or_else(|| {
            let words = Self::ALL.map(Self::as_str).join(", ");
            Error::invalid("role", format!("{word:?} is none of {words}"))
        })
    }
}

/// Somebody who is known by a token.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Principal {
    /// What they are called in the change log.
    pub name: String,
    /// What they may do.
    pub role: Role,
}

impl Principal {
    /// Somebody of this name and role.
    pub fn new(name: impl Into<String>, role: Role) -> Self {
        Self { name: name.into(), role }
    }

    /// Checks that they may do something that asks for `least`.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for nobody, [`Error::Forbidden`] for a lesser role.
    pub(crate) fn check<'p>(
        principal: Option<&'p Self>,
        least: Role,
        what: &str,
    ) -> Result<&'p Self> {
        match principal {
            None => Err(Error::Unauthenticated { what: what.to_owned() }),
            Some(principal) if principal.role < least => {
                Err(Error::Forbidden { what: what.to_owned(), least, role: principal.role })
            }
            Some(principal) => Ok(principal),
        }
    }
}
