//! Moving a database from one engine to the other.
//!
//! The copy is built beside its target, in a file or schema of its own, and proved there; only then does it take
//! the target's name. Whatever fails, and whenever this is killed, the target is as empty as before.

mod counters;
mod order;
mod place;
mod rows;
mod value;

use almanac_database::{Address, Mode};
use almanac_migration::{Status, Target, status, upgrade};
use sea_orm::{DatabaseTransaction, TransactionTrait};

use crate::{
    Error, Result,
    digest::{self, Table, TableDigest, differences},
    instant::one_instant,
};
use place::Place;

/// How far a copy has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The table that is copied.
    pub table: String,
    /// Rows copied.
    pub rows: u64,
    /// Rows that it has.
    pub of: u64,
}

/// A database that was copied.
#[derive(Clone, Debug)]
pub struct Copied {
    /// The revision that both are at.
    pub revision: String,
    /// Every table of the copy, which is the same as the source's.
    pub tables: Vec<TableDigest>,
}

/// Copies the database at `source`, as of one committed instant, to `target`, where no rows may be. `progress`
/// is told of every chunk of rows.
///
/// # Errors
/// The source is at no revision of ours or holds what the target could not, the target holds rows or is in
/// use, or an engine refuses. The target has no rows then.
pub async fn copy(
    source: &Address,
    target: &Address,
    mut progress: impl FnMut(&Progress) + Send,
) -> Result<Copied> {
    if source.database != target.database {
        let reason = format!("{source} is another database than {}", target.database);
        return Err(Error::refused("target", reason));
    }
    let revision = revision(&status(source).await?, source)?;
    let place = Place::prepare(target).await?;
    let copied = async {
        upgrade(place.scratch(), &Target::Revision(revision.clone()), |_| {}).await?;
        let tables = fill(source, place.scratch(), &mut progress).await?;
        place.take_its_place().await?;
        Ok(tables)
    };
    match copied.await {
        Ok(tables) => {
            tracing::info!(%source, %target, revision, "copied");
            Ok(Copied { revision, tables })
        }
        Err(error) => {
            place.clear().await?;
            Err(error)
        }
    }
}

/// The revision to build the copy at.
fn revision(status: &Status, source: &Address) -> Result<String> {
    let refused = |reason: &str| Error::refused("source", format!("{source} {reason}"));
    if !status.exists {
        return Err(refused("does not exist"));
    }
    let current = status.current().ok_or_else(|| {
        refused("is at no revision; `almanac migrate upgrade` or `almanac adopt` gives it one")
    })?;
    let before = status.revisions.iter().take_while(|revision| revision.name != current);
    if before.into_iter().any(|revision| !revision.applied) {
        return Err(refused(
            "lacks revisions before its newest; `almanac migrate upgrade` applies them",
        ));
    }
    Ok(current.to_owned())
}

/// Copies all rows and proves that they are the same.
async fn fill(
    source: &Address,
    scratch: &Address,
    progress: &mut (impl FnMut(&Progress) + Send),
) -> Result<Vec<TableDigest>> {
    let reader = almanac_database::connect(source, Mode::Read).await?;
    let writer = almanac_database::connect(scratch, Mode::Migrate).await?;
    let filled = async {
        let from = one_instant(&reader).await?;
        let to = writer.begin().await?;
        let tables = between(source, (&from, &to), progress).await;
        from.rollback().await?;
        match tables {
            Ok(tables) => {
                to.commit().await?;
                Ok(tables)
            }
            Err(error) => {
                to.rollback().await?;
                Err(error)
            }
        }
    };
    let filled = filled.await;
    reader.close().await?;
    writer.close().await?;
    filled
}

async fn between(
    source: &Address,
    (from, to): (&DatabaseTransaction, &DatabaseTransaction),
    progress: &mut (impl FnMut(&Progress) + Send),
) -> Result<Vec<TableDigest>> {
    let database = source.database;
    let digests = digest::digests(from, database).await?;
    let (there, here) =
        (digest::tables(from, database).await?, digest::tables(to, database).await?);
    refuse_strange(source, &digests, &there)?;
    let here: Vec<Table> = here.into_iter().filter(|table| table.known).collect();
    let here = order::parents_first(to, here).await?;
    let triggers = rows::without_triggers(to, &here).await?;
    // The revisions put rows into some tables; the source has its own.
    for table in here.iter().rev() {
        rows::clear(to, table).await?;
    }
    for table in &here {
        let Some(original) = there.iter().find(|original| original.name == table.name) else {
            let reason = format!("there is no table {}", table.name);
            return Err(Error::damaged(source, reason));
        };
        let of = digests.iter().find(|digest| digest.table == table.name);
        rows::copy(from, to, (original, table), &mut |rows| {
            let of = of.map_or(0, |digest| digest.rows);
            progress(&Progress { table: table.name.clone(), rows, of });
        })
        .await?;
    }
    counters::carry(from, to).await?;
    rows::with_triggers(to, triggers).await?;
    let known = |digests: Vec<TableDigest>| -> Vec<TableDigest> {
        digests.into_iter().filter(|digest| digest.known).collect()
    };
    let (expected, found) = (known(digests), known(digest::digests(to, database).await?));
    let wrong = differences(&expected, &found);
    if wrong.is_empty() { Ok(found) } else { Err(Error::damaged("the copy", wrong.join("; "))) }
}

/// Refuses a source with rows or columns that the copy would not have.
fn refuse_strange(source: &Address, digests: &[TableDigest], tables: &[Table]) -> Result<()> {
    let strange = digests.iter().filter(|table| !table.known && table.rows > 0);
    let strange = strange.filter(|table| !source.database.is_books(&table.table));
    let strange = strange.map(|table| table.table.clone());
    let columns = tables.iter().filter(|table| table.known).flat_map(|table| {
        let unknown = table.columns.iter().filter(|column| column.known.is_none());
        unknown.map(|column| format!("{}.{}", table.name, column.name))
    });
    let strange: Vec<String> = strange.chain(columns).collect();
    if strange.is_empty() {
        return Ok(());
    }
    let reason = format!(
        "{} would be lost, which no revision made; move or drop it first",
        strange.join(", ")
    );
    Err(Error::refused("source", reason))
}
