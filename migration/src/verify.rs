//! Whether a database is what its revisions made.

use almanac_database::{Address, Mode, connect};
use migration_schema::{Difference, Hints, Schema, compare, reflect};
use migration_support::Scratch;
use sea_orm_migration::{MigratorTraitSelf, prelude::DbErr, sea_orm::DatabaseConnection};

use crate::{Status, revisions, status, target::refused};

/// What was found when a database was compared with its revisions.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Applied revisions that are other ones now than when they were applied.
    pub edited: Vec<String>,
    /// Applied revisions that this program does not know.
    pub unknown: Vec<String>,
    /// In what the tables differ from those that the applied revisions make.
    pub differences: Vec<Difference>,
    /// In what they differed when the database was taken over, and do still: no fault.
    pub adopted_with: Vec<Difference>,
    /// What no revision made and none will touch.
    pub unmanaged: Vec<String>,
}

impl Verdict {
    /// Whether all is as it should be.
    pub fn is_clean(&self) -> bool {
        self.edited.is_empty() && self.unknown.is_empty() && self.differences.is_empty()
    }

    /// What is not, a line each.
    pub fn faults(&self) -> Vec<String> {
        let edited = self.edited.iter();
        let edited = edited.map(|name| format!("{name} was edited after it was applied"));
        let unknown = self.unknown.iter();
        let unknown = unknown.map(|name| format!("{name} was applied by a newer program"));
        edited.chain(unknown).chain(self.differences.iter().map(ToString::to_string)).collect()
    }
}

/// Compares the tables of a database with those that its applied revisions make in an empty one. Writes nothing.
///
/// # Errors
/// There is no database, something else made its tables, a revision that lies before an applied one is not
/// applied, or the engine fails.
pub async fn verify(address: &Address) -> Result<Verdict, DbErr> {
    let status = status(address).await?;
    if !status.exists {
        return Err(refused(&format!(
            "{address} is not there; `almanac migrate upgrade` makes it"
        )));
    }
    let (differences, unmanaged) = against(address, applied(&status)?).await?;
    let tolerated = tolerated(address).await?;
    let (adopted_with, differences) =
        differences.into_iter().partition(|one| tolerated.contains(&one.to_string()));
    let edited = status.revisions.iter().filter(|revision| revision.edited);
    Ok(Verdict {
        edited: edited.map(|revision| revision.name.clone()).collect(),
        unknown: status.unknown.clone(),
        differences,
        adopted_with,
        unmanaged,
    })
}

/// In what a database may differ, as was written down when it was taken over.
async fn tolerated(address: &Address) -> Result<Vec<String>, DbErr> {
    let connection = read(address).await?;
    let tolerated = revisions(address.database).tolerated(&connection).await;
    connection.close().await?;
    tolerated
}

/// In what the tables of a database differ from those that the first `count` revisions make, and what is there that
/// no revision makes.
///
/// # Errors
/// The database cannot be read, or a revision fails.
pub(crate) async fn against(
    address: &Address,
    count: usize,
) -> Result<(Vec<Difference>, Vec<String>), DbErr> {
    let (found, made) = (live(address).await?, replay(address, count).await?);
    let comparison = compare(&found, &made, &Hints::default()).map_err(schema_error)?;
    let (extra, mut differences): (Vec<_>, Vec<_>) =
        comparison.differences.into_iter().partition(is_extra_table);
    let mut unmanaged = Vec::new();
    if !extra.is_empty() {
        // A table that is too early is in the way of the revision that makes it.
        let all = replay(address, usize::MAX).await?;
        for one in extra {
            match one.table() {
                Some(table) if all.table(table).is_none() => {
                    unmanaged.push(format!("table {table}"));
                }
                _ => differences.push(one),
            }
        }
    }
    let parts = comparison.unmanaged.iter().filter(|part| !made.unmanaged.contains(part));
    unmanaged.extend(parts.map(|part| format!("{} {}", part.kind, part.name)));
    Ok((differences, unmanaged))
}

/// The schema of the database at `address`, as it is.
///
/// # Errors
/// It cannot be opened or read.
pub(crate) async fn live(address: &Address) -> Result<Schema, DbErr> {
    let connection = read(address).await?;
    let schema = reflect(&connection, &address.schema).await.map_err(schema_error);
    connection.close().await?;
    schema
}

async fn read(address: &Address) -> Result<DatabaseConnection, DbErr> {
    connect(address, Mode::Read).await.map_err(|error| DbErr::Custom(error.to_string()))
}

/// The schema that the first `count` revisions make.
///
/// # Errors
/// A revision fails.
pub(crate) async fn replay(address: &Address, count: usize) -> Result<Schema, DbErr> {
    let scratch = Scratch::beside(address).await?;
    let count = u32::try_from(count).ok();
    revisions(address.database).up(scratch.connection(), count).await?;
    let schema = reflect(scratch.connection(), scratch.schema()).await.map_err(schema_error)?;
    scratch.close().await?;
    Ok(schema)
}

/// How many revisions a database has, which are the first ones.
fn applied(status: &Status) -> Result<usize, DbErr> {
    let mut left_out = status.revisions.iter().skip_while(|revision| revision.applied);
    let gap = left_out.next();
    match (gap, left_out.find(|revision| revision.applied)) {
        (Some(gap), Some(later)) => Err(refused(&format!(
            "{} is applied, but {} before it is not; `almanac migrate upgrade` applies it",
            later.name, gap.name
        ))),
        _ => Ok(status.revisions.iter().filter(|revision| revision.applied).count()),
    }
}

fn is_extra_table(difference: &Difference) -> bool {
    matches!(difference, Difference::Table(sides) if sides.desired.is_none())
}

#[expect(clippy::needless_pass_by_value, reason = "it is mapped over errors")]
pub(crate) fn schema_error(error: migration_schema::Error) -> DbErr {
    DbErr::Migration(error.to_string())
}
