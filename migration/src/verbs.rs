//! Alembic's verbs that change a database, one function each.

use almanac_database::{Address, Mode, connect};
use migration_support::{ALLOW_DATA_LOSS, How, Lock, Revisions, open};
use sea_orm_migration::{
    MigratorTraitSelf,
    prelude::{DbErr, SchemaManager},
    sea_orm::{DatabaseConnection, TransactionTrait},
};

use crate::{
    Migration, Status, Target, revisions, status,
    status::peek,
    target::{find, refused},
    verify::against,
};

/// A step of a way: a revision that begins to be applied or taken back, or that is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// The revision begins; `number` of `all`, from 1.
    Begun {
        /// Its name.
        revision: &'a str,
        /// Its place in the way.
        number: usize,
        /// The length of the way.
        all: usize,
    },
    /// The revision is done.
    Done {
        /// Its name.
        revision: &'a str,
    },
}

/// Applies revisions up to `target`, and tells each step. Returns the names of those applied, in order. Waits for
/// another migrator of the database to end.
///
/// # Errors
/// `target` lies behind or is unknown, a revision fails (the database is then at the revision before it), the
/// database is not ours, or a newer program made it.
pub async fn upgrade(
    address: &Address,
    target: &Target,
    tell: impl FnMut(Step<'_>),
) -> Result<Vec<String>, DbErr> {
    upgrade_after(address, target, async || Ok(()), tell).await
}

/// The same, with something to be done before the first revision, such as a backup: while nobody else migrates the
/// database, and only where it has revisions to come.
///
/// # Errors
/// As [`upgrade`]; what is to be done fails, and no revision is applied.
pub async fn upgrade_after(
    address: &Address,
    target: &Target,
    prepare: impl AsyncFnOnce() -> Result<(), DbErr>,
    tell: impl FnMut(Step<'_>),
) -> Result<Vec<String>, DbErr> {
    let way = |status: &Status| way_up(status, target);
    let up = async |revisions: &Revisions, connection: &DatabaseConnection| {
        revisions.up(connection, Some(1)).await
    };
    change(address, way, async |_| prepare().await, tell, up).await
}

/// Takes revisions back until `target` is the newest, and tells each step. Returns the names of those taken back,
/// in order. Waits for another migrator of the database to end.
///
/// # Errors
/// `target` lies ahead or is unknown, rows would be lost and `allow_data_loss` is not set (nothing is changed then),
/// a revision fails (the database is then at that revision), the database is not ours, or a newer program made it.
pub async fn downgrade(
    address: &Address,
    target: &Target,
    allow_data_loss: bool,
    tell: impl FnMut(Step<'_>),
) -> Result<Vec<String>, DbErr> {
    downgrade_after(address, target, allow_data_loss, async || Ok(()), tell).await
}

/// The same, with something to be done before, as [`upgrade_after`] has it.
///
/// # Errors
/// As [`downgrade`]; what is to be done fails, and no revision is taken back.
pub async fn downgrade_after(
    address: &Address,
    target: &Target,
    allow_data_loss: bool,
    prepare: impl AsyncFnOnce() -> Result<(), DbErr>,
    tell: impl FnMut(Step<'_>),
) -> Result<Vec<String>, DbErr> {
    let allowed = allow_data_loss || migration_support::data_loss_allowed();
    let way = |status: &Status| {
        let way = way_down(status, target)?;
        refuse_adopted(status, &way)?;
        Ok(way)
    };
    let down = async |revisions: &Revisions, connection: &DatabaseConnection| {
        ALLOW_DATA_LOSS.scope(allowed, revisions.down(connection, Some(1))).await
    };
    let prepare = async |way: &[String]| {
        if !allowed {
            rehearse_down(address, way.len()).await?;
        }
        prepare().await
    };
    change(address, way, prepare, tell, down).await
}

/// Goes the way that lies before a database, alone with it.
async fn change(
    address: &Address,
    way: impl FnOnce(&Status) -> Result<Vec<String>, DbErr>,
    prepare: impl AsyncFnOnce(&[String]) -> Result<(), DbErr>,
    tell: impl FnMut(Step<'_>),
    step: impl AsyncFn(&Revisions, &DatabaseConnection) -> Result<(), DbErr>,
) -> Result<Vec<String>, DbErr> {
    let lock = Lock::take(address).await?;
    let before = status(address).await?;
    before.refuse_unknown()?;
    let way = way(&before)?;
    if !way.is_empty() && before.exists {
        prepare(&way).await?;
    }
    let outcome = walk(address, &way, tell, step).await;
    lock.release().await?;
    outcome.map(|()| way)
}

/// Takes revisions back in one transaction that is undone, so that none is where one of them would destroy rows.
async fn rehearse_down(address: &Address, steps: usize) -> Result<(), DbErr> {
    let connection = open(address).await?;
    let revisions = revisions(address.database);
    let applied = revisions.applied(&connection).await?.iter().filter(|(_, is)| *is).count();
    let transaction = connection.begin().await?;
    let manager = SchemaManager::new(&transaction);
    let mut outcome = Ok(());
    for revision in revisions.migrations()[..applied].iter().rev().take(steps) {
        outcome = ALLOW_DATA_LOSS.scope(false, revision.down(&manager)).await;
        if outcome.is_err() {
            break;
        }
    }
    transaction.rollback().await?;
    connection.close().await?;
    outcome
}

/// Refuses a way on which something would be taken back that the database had when it was taken over.
fn refuse_adopted(status: &Status, way: &[String]) -> Result<(), DbErr> {
    let adopted = |name: &&String| {
        let revision = status.revisions.iter().find(|revision| revision.name == **name);
        revision.is_some_and(Migration::is_adopted)
    };
    match way.iter().find(adopted) {
        None => Ok(()),
        Some(name) => Err(refused(&format!(
            "{} was adopted at {name}, and goes back no further: its tables were there before Almanac. The backup \
             that `almanac adopt` made is the way back",
            status.database
        ))),
    }
}

/// Makes the books say that the database is at `target`, and runs nothing: for a database whose tables are there,
/// whoever made them.
/// Names that this program does not know stop it, unless `purge` strikes them. Returns the revision it is at then.
///
/// # Errors
/// `target` is unknown or a distance, the tables are not those of the revision and `force` is not set, the
/// database is not there, or its books cannot be written.
pub async fn stamp(
    address: &Address,
    target: &Target,
    purge: bool,
    force: bool,
) -> Result<Option<String>, DbErr> {
    let lock = Lock::take(address).await?;
    let before = peek(address).await?;
    if !before.exists {
        return Err(refused(&format!(
            "{address} is not there; `almanac migrate upgrade` makes it"
        )));
    }
    if !purge {
        before.refuse_unknown()?;
    }
    let revisions = revisions(address.database);
    let names = revisions.all();
    let count = target.place(&names)?;
    if !force {
        refuse_others(address, count).await?;
    }
    let connection = connect(address, Mode::Migrate).await;
    let connection = connection.map_err(|error| DbErr::Custom(error.to_string()))?;
    let outcome = revisions.stamp(&connection, count, How::Stamped, purge).await;
    connection.close().await?;
    lock.release().await?;
    outcome.map(|()| count.checked_sub(1).map(|newest| names[newest].clone()))
}

/// Refuses a database whose tables are not those that the first `count` revisions make.
async fn refuse_others(address: &Address, count: usize) -> Result<(), DbErr> {
    let (differences, _) = against(address, count).await?;
    let Some(first) = differences.first() else {
        return Ok(());
    };
    Err(refused(&format!(
        "{address} is not as that revision makes it ({first}); `almanac migrate verify` shows more, --force says \
         so all the same"
    )))
}

/// The revisions that lie between a database and `target`, in the order in which they are applied.
///
/// # Errors
/// `target` lies behind or is unknown.
pub fn way_up(status: &Status, target: &Target) -> Result<Vec<String>, DbErr> {
    let pending: Vec<String> = status.pending().map(str::to_owned).collect();
    let steps = match target {
        Target::Head => pending.len(),
        Target::Base => return Err(refused("base lies behind; downgrade goes there")),
        Target::Steps(steps) => *steps as usize,
        Target::Revision(name) => {
            let index = find(&names(status), name)?;
            (index + 1).checked_sub(status.revisions.len() - pending.len()).ok_or_else(|| {
                refused(&format!("{name} is applied already; downgrade goes back to it"))
            })?
        }
    };
    Ok(pending.into_iter().take(steps).collect())
}

/// The revisions that lie between a database and `target`, in the order in which they are taken back.
///
/// # Errors
/// `target` lies ahead or is unknown.
pub fn way_down(status: &Status, target: &Target) -> Result<Vec<String>, DbErr> {
    let applied = status.revisions.iter().rev().filter(|revision| revision.applied);
    let applied: Vec<String> = applied.map(|revision| revision.name.clone()).collect();
    let steps = match target {
        Target::Head => return Err(refused("head lies ahead; upgrade goes there")),
        Target::Base => applied.len(),
        Target::Steps(steps) => *steps as usize,
        Target::Revision(name) => applied
            .len()
            .checked_sub(find(&names(status), name)? + 1)
            .ok_or_else(|| refused(&format!("{name} lies ahead; upgrade goes there")))?,
    };
    Ok(applied.into_iter().take(steps).collect())
}

fn names(status: &Status) -> Vec<String> {
    status.revisions.iter().map(|revision| revision.name.clone()).collect()
}

/// Goes a way, one revision after the other.
async fn walk(
    address: &Address,
    way: &[String],
    mut tell: impl FnMut(Step<'_>),
    step: impl AsyncFn(&Revisions, &DatabaseConnection) -> Result<(), DbErr>,
) -> Result<(), DbErr> {
    if way.is_empty() {
        return Ok(());
    }
    let connection = open(address).await?;
    let revisions = revisions(address.database);
    let mut outcome = Ok(());
    for (index, revision) in way.iter().enumerate() {
        tell(Step::Begun { revision, number: index + 1, all: way.len() });
        outcome = step(&revisions, &connection).await;
        if outcome.is_err() {
            break;
        }
        tell(Step::Done { revision });
    }
    connection.close().await?;
    outcome
}
