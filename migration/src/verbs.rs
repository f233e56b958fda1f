//! Alembic's verbs, one function each.

use almanac_database::{Address, Database};
use migration_support::{ALLOW_DATA_LOSS, open};
use sea_orm_migration::{
    MigratorTraitSelf,
    prelude::{DbErr, MigrationTrait},
};

use crate::revisions;

/// A revision and whether the database has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migration {
    /// Its name.
    pub name: String,
    /// Whether it is applied.
    pub applied: bool,
}

/// Where a database stands.
#[derive(Clone, Debug)]
pub struct Status {
    /// The database.
    pub database: Database,
    /// Whether there is a file, or on a server any table, at all.
    pub exists: bool,
    /// Its revisions, oldest first.
    pub revisions: Vec<Migration>,
}

impl Status {
    /// The newest revision applied.
    pub fn current(&self) -> Option<&str> {
        self.revisions
            .iter()
            .rev()
            .find(|revision| revision.applied)
            .map(|found| found.name.as_str())
    }

    /// The revisions not yet applied.
    pub fn pending(&self) -> impl Iterator<Item = &str> {
        self.revisions.iter().filter(|revision| !revision.applied).map(|found| found.name.as_str())
    }
}

/// Which revision to go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The newest.
    Head,
    /// Before the oldest.
    Base,
    /// So many revisions from here.
    Steps(u32),
    /// The revision whose name is this, or the only one whose name begins or ends with it.
    Revision(String),
}

impl std::str::FromStr for Target {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let steps = text.strip_prefix(['+', '-']).and_then(|steps| steps.parse().ok());
        Ok(match (text, steps) {
            ("head", _) => Self::Head,
            ("base", _) => Self::Base,
            (_, Some(steps)) => Self::Steps(steps),
            (name, None) => Self::Revision(name.to_owned()),
        })
    }
}

/// Reads where the database stands; writes nothing and creates no file.
///
/// # Errors
/// The database cannot be read, or something else made its tables.
pub async fn status(address: &Address) -> Result<Status, DbErr> {
    let revisions = revisions(address.database);
    let missing = address.location.file().is_some_and(|path| !path.is_file());
    if missing {
        let all: Vec<Box<dyn MigrationTrait>> = revisions.migrations();
        let pending = |name: &str| Migration { name: name.to_owned(), applied: false };
        let revisions = all.iter().map(|revision| pending(revision.name())).collect();
        return Ok(Status { database: address.database, exists: false, revisions });
    }
    migration_support::refuse_foreign_file(address).await?;
    let connection = almanac_database::connect(address, almanac_database::Mode::Read)
        .await
        .map_err(|error| DbErr::Custom(error.to_string()))?;
    let applied = revisions.applied(&connection).await;
    connection.close().await?;
    let revisions =
        applied?.into_iter().map(|(name, applied)| Migration { name, applied }).collect();
    Ok(Status { database: address.database, exists: true, revisions })
}

/// Applies revisions up to `target`. Returns the names of those applied, in order.
///
/// # Errors
/// `target` lies behind or is unknown, a revision fails (the database is then at the revision before
/// it), or the database is not ours.
pub async fn upgrade(address: &Address, target: &Target) -> Result<Vec<String>, DbErr> {
    let before = status(address).await?;
    let pending: Vec<String> = before.pending().map(str::to_owned).collect();
    let steps = match target {
        Target::Head => pending.len(),
        Target::Base => return Err(refused("base lies behind; downgrade goes there")),
        Target::Steps(steps) => (*steps as usize).min(pending.len()),
        Target::Revision(name) => {
            let index = find(&before.revisions, name)?;
            (index + 1).checked_sub(before.revisions.len() - pending.len()).ok_or_else(|| {
                refused(&format!("{name} is applied already; downgrade goes back to it"))
            })?
        }
    };
    let connection = open(address).await?;
    let outcome = revisions(address.database).up(&connection, Some(count(steps))).await;
    connection.close().await?;
    outcome.map(|()| pending.into_iter().take(steps).collect())
}

/// Takes revisions back until `target` is the newest. Returns the names of those taken back, in order.
///
/// # Errors
/// `target` lies ahead or is unknown, rows would be lost and `allow_data_loss` is not set, a revision
/// fails (the database is then at that revision), or the database is not ours.
pub async fn downgrade(
    address: &Address,
    target: &Target,
    allow_data_loss: bool,
) -> Result<Vec<String>, DbErr> {
    let before = status(address).await?;
    let mut applied: Vec<String> = before
        .revisions
        .iter()
        .filter(|revision| revision.applied)
        .map(|revision| revision.name.clone())
        .collect();
    applied.reverse();
    let steps = match target {
        Target::Head => return Err(refused("head lies ahead; upgrade goes there")),
        Target::Base => applied.len(),
        Target::Steps(steps) => (*steps as usize).min(applied.len()),
        Target::Revision(name) => applied
            .len()
            .checked_sub(find(&before.revisions, name)? + 1)
            .ok_or_else(|| refused(&format!("{name} lies ahead; upgrade goes there")))?,
    };
    if steps == 0 {
        return Ok(Vec::new());
    }
    let connection = open(address).await?;
    let revisions = revisions(address.database);
    let down = revisions.down(&connection, Some(count(steps)));
    let allowed = allow_data_loss || migration_support::data_loss_allowed();
    let outcome = ALLOW_DATA_LOSS.scope(allowed, down).await;
    connection.close().await?;
    outcome.map(|()| applied.into_iter().take(steps).collect())
}

/// The revision that `name` means: its whole name, or a part at the start or end that no other has.
fn find(revisions: &[Migration], name: &str) -> Result<usize, DbErr> {
    if let Some(index) = revisions.iter().position(|revision| revision.name == name) {
        return Ok(index);
    }
    let meant =
        |revision: &Migration| revision.name.starts_with(name) || revision.name.ends_with(name);
    let found: Vec<usize> =
        (0..revisions.len()).filter(|index| meant(&revisions[*index])).collect();
    match found[..] {
        [index] => Ok(index),
        [] => Err(refused(&format!("there is no revision {name}"))),
        [first, second, ..] => {
            let (first, second) = (&revisions[first].name, &revisions[second].name);
            Err(refused(&format!("{name} may be {first} or {second}")))
        }
    }
}

fn refused(message: &str) -> DbErr {
    DbErr::Migration(message.to_owned())
}

fn count(steps: usize) -> u32 {
    u32::try_from(steps).unwrap_or(u32::MAX)
}
