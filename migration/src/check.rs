//! Whether entities, revisions and a database agree.

use almanac_database::Address;
use migration_schema::Difference;
use sea_orm_migration::prelude::DbErr;

use crate::{Verdict, drift, status, verify};

/// Three answers that are kept apart, for each has its own remedy.
#[derive(Clone, Debug)]
pub struct Check {
    /// In what the tables that all revisions make differ from those that the entities state: a revision is
    /// missing.
    pub model: Vec<Difference>,
    /// Revisions that the database does not have: an upgrade is due. All of them, where there is no database.
    pub pending: Vec<String>,
    /// What the database is beside what its applied revisions made: changes by hand. None where there is no
    /// database.
    pub live: Option<Verdict>,
}

impl Check {
    /// Whether all three agree.
    pub fn is_clean(&self) -> bool {
        self.model.is_empty()
            && self.pending.is_empty()
            && self.live.as_ref().is_none_or(Verdict::is_clean)
    }
}

/// Compares the entities with the revisions, the revisions with those that the database at `address` has, and the
/// database with those. Writes nothing.
///
/// # Errors
/// Something else made the database's tables, a revision that lies before an applied one is not applied, an entity
/// states what the engine refuses, or the engine fails.
pub async fn check(address: &Address) -> Result<Check, DbErr> {
    let status = status(address).await?;
    let live = if status.exists { Some(verify(address).await?) } else { None };
    let pending = status.pending().map(str::to_owned).collect();
    Ok(Check { model: drift(address).await?, pending, live })
}
