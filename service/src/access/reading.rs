//! Who may read what.

use almanac_entity::{Database, Table, Visitor, visit};
use sea_orm::{IdenStatic, Iterable};

use super::{Principal, Role};
use crate::{Filter, Result, record};

/// For whom rows are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// Whoever is at this machine, where no token asks who they are: they read everything.
    #[default]
    Local,
    /// Somebody without a token, of whom others have one: they read what is for everybody.
    Anonymous,
    /// Somebody with a token.
    Known(Principal),
}

impl Access {
    /// The one who is known, if anybody is.
    pub fn principal(&self) -> Option<&Principal> {
        match self {
            Self::Known(principal) => Some(principal),
            Self::Local | Self::Anonymous => None,
        }
    }

    /// Checks that they may read a table.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`](crate::Error::Unauthenticated) or
    /// [`Error::Forbidden`](crate::Error::Forbidden).
    pub fn check_read<E: Table>(&self) -> Result<()> {
        match least_reader(E::NAME) {
            None => Ok(()),
            Some(least) => self.check_role(least, &format!("reading {}", E::NAME)),
        }
    }

    /// Checks that they may read something that asks for a role of its own; `what` says what.
    ///
    /// # Errors
    /// As [`check_read`](Self::check_read).
    pub fn check_role(&self, least: Role, what: &str) -> Result<()> {
        match self {
            Self::Local => Ok(()),
            Self::Anonymous | Self::Known(_) => {
                Principal::check(self.principal(), least, what).map(|_| ())
            }
        }
    }

    /// Checks that they may read what AstrID's audit log says of the rows of a table, which is given in the singular.
    /// It is for the log to say that there is no such table.
    ///
    /// # Errors
    /// As [`check_read`](Self::check_read).
    pub fn check_read_about(&self, entity_type: &str) -> Result<()> {
        let checks = self.checks();
        let of_type = checks.into_iter().find(|(singular, _)| *singular == entity_type);
        of_type.map_or(Ok(()), |(_, check)| check)
    }

    /// The rows they may read of a table that they may read: of AstrID's audit log the records about rows of tables
    /// that they may read, of any other table all.
    pub fn readable<E: Table>(&self) -> Filter<E> {
        let about = E::Column::iter().find(|column| column.as_str() == "entity_type");
        match (about, self) {
            (Some(about), Self::Known(somebody))
                if E::NAME == AUDIT_LOG && somebody.role < Role::Admin =>
            {
                let readable = self.checks().into_iter().filter(|(_, check)| check.is_ok());
                Filter::In(about, readable.map(|(singular, _)| singular.into()).collect())
            }
            _ => Filter::default(),
        }
    }

    /// AstrID's tables in the singular, each with whether they may read it.
    fn checks(&self) -> Vec<(&'static str, Result<()>)> {
        let mut checks = Checks { access: self, of: Vec::new() };
        visit(Database::Astrid, &mut checks);
        checks.of
    }
}

/// Who may read which of the tables that are visited.
struct Checks<'a> {
    access: &'a Access,
    of: Vec<(&'static str, Result<()>)>,
}

impl Visitor for Checks<'_> {
    fn visit<T: Table>(&mut self) {
        self.of.push((record::singular::<T>(), self.access.check_read::<T>()));
    }
}

/// AstrID's audit log, as the graph calls it.
const AUDIT_LOG: &str = "AstridAuditRecord";

/// The least role that reads a table; none where everybody may. AstrID's matrix (its specification, §5.4):
/// its researchers are operators here.
fn least_reader(table: &str) -> Option<Role> {
    Some(match table {
        "AstridSurvey" | "AstridObservation" => Role::Viewer,
        "AstridCandidate"
        | "AstridDetection"
        | "AstridAlert"
        | "AstridValidationEvent"
        | AUDIT_LOG => Role::Analyst,
        "AstridPreprocessRun"
        | "AstridDifferenceRun"
        | "AstridProcessingJob"
        | "AstridModel"
        | "AstridModelRun" => Role::Operator,
        "AstridSystemConfig" => Role::Admin,
        _ => return None,
    })
}
