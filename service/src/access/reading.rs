//! Who may read what.

use almanac_entity::Table;

use super::{Principal, Role};
use crate::Result;

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
        match (least_reader(E::NAME), self) {
            (None, _) | (_, Self::Local) => Ok(()),
            (Some(least), _) => {
                let what = format!("reading {}", E::NAME);
                Principal::check(self.principal(), least, &what).map(|_| ())
            }
        }
    }
}

/// The least role that reads a table; none where everybody may. AstrID's matrix (its specification, §5.4):
/// its researchers are operators here.
fn least_reader(table: &str) -> Option<Role> {
    Some(match table {
        "AstridSurvey" | "AstridObservation" => Role::Viewer,
        "AstridCandidate"
        | "AstridDetection"
        | "AstridAlert"
        | "AstridValidationEvent"
        | "AstridAuditRecord" => Role::Analyst,
        "AstridPreprocessRun"
        | "AstridDifferenceRun"
        | "AstridProcessingJob"
        | "AstridModel"
        | "AstridModelRun" => Role::Operator,
        "AstridSystemConfig" => Role::Admin,
        _ => return None,
    })
}
