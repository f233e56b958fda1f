//! A revision written from what the entities state and no revision makes.
//!
//! All revisions are replayed in a scratch database of each engine. What differs there from the entities becomes
//! [`Change`]s, each run where it was found, by the very functions that the revision will call: renames as declared,
//! new tables, new columns, then what a [`Plan`] says of the rest (on SQLite a table is made anew as revisions state
//! it, where they have the words), then new indexes. The revision is handed over only if in the end nothing differs on
//! either engine, nothing else was lost, and the way back leads to the beginning.

mod change;
mod doing;
mod house;
mod list;
mod parts;
mod restate;
mod side;
mod source;
mod write;

use almanac_database::{Address, Database, Location, Origin};
use migration_schema::{Hints, Operation, Plan, Safety, Schema};
use sea_orm_migration::prelude::DbErr;

use self::{
    change::{Both, Change, Statements, lost, statements},
    doing::doings,
    side::{Side, differences},
};
pub use self::{write::WriteError, write::write};
use crate::{Stated, model::marked, revisions, stated, target::refused, verify::schema_error};

/// What revision is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The database; only its name and engine count.
    pub address: &'a Address,
    /// Any database of a PostgreSQL server, where `address` is not on one: every revision is proved on both
    /// engines. Nothing of it is changed.
    pub server: Option<&'a Address>,
    /// The day, as `20261121`.
    pub date: &'a str,
    /// What it is about, in a few words.
    pub message: &'a str,
    /// What was renamed, beside what entities say themselves, and what fills columns that rows have nothing for.
    pub hints: &'a Hints,
    /// Whether it may destroy what tables hold.
    pub allow_destructive: bool,
}

/// A revision that was proved on both engines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Whose it is.
    pub database: Database,
    /// Its name, and its file's.
    pub name: String,
    /// Its Rust.
    pub source: String,
    /// In what entities and revisions differ, a line each: SQLite's, and those that only PostgreSQL has.
    pub reasons: Vec<String>,
}

/// The revision that is missing, if one is. Writes nothing; [`write()`] does.
///
/// # Errors
/// It would destroy something and that is not allowed, needs what cannot be done by itself or what revisions cannot
/// say, or could not be proved; there is no server to prove it on; or the engines fail.
pub async fn autogenerate(request: &Request<'_>) -> Result<Option<Revision>, DbErr> {
    autogenerate_of(&stated(request.address.database), request).await
}

/// The same for any tables in the place of the entities.
///
/// # Errors
/// As [`autogenerate()`].
pub async fn autogenerate_of(
    tables: &[Stated],
    request: &Request<'_>,
) -> Result<Option<Revision>, DbErr> {
    let database = request.address.database;
    let name = name(request)?;
    let server = server(request)?;
    let hints = with_stated(request.hints, tables);
    let request = &Request { hints: &hints, ..*request };
    let memory = Address::new(database, Location::Memory, Origin::Default);
    let sides = Both {
        sqlite: Side::open(tables, memory).await?,
        postgres: Side::open(tables, server).await?,
    };
    let found = work(tables, request, &sides).await;
    sides.sqlite.close().await?;
    sides.postgres.close().await?;
    let Some((changes, reasons)) = found? else { return Ok(None) };
    let source = source::revision(request.message, &changes);
    Ok(Some(Revision { database, name, source, reasons }))
}

/// The hints, and the renames that the entities state.
fn with_stated(hints: &Hints, tables: &[Stated]) -> Hints {
    let mut hints = hints.clone();
    let stated: Vec<_> = tables.iter().flat_map(Stated::renamed).collect();
    hints.columns.extend(stated);
    hints.columns.sort_by(|one, other| (&one.table, &one.to).cmp(&(&other.table, &other.to)));
    hints.columns.dedup();
    hints
}

/// Where PostgreSQL is.
fn server(request: &Request<'_>) -> Result<Address, DbErr> {
    let is_server = |address: &&Address| matches!(address.location, Location::Postgres(_));
    let found = Some(request.address).filter(is_server).or(request.server.filter(is_server));
    let Some(found) = found else {
        return Err(refused(
            "a revision is proved on both engines before it is written: name a PostgreSQL database too",
        ));
    };
    Ok(Address { database: request.address.database, ..found.clone() })
}

/// `mYYYYMMDD_NNNNNN_<message>`, numbered on from the highest number there is.
fn name(request: &Request<'_>) -> Result<String, DbErr> {
    let date = request.date;
    if date.len() != 8 || !date.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(refused(&format!("{date} is no date such as 20261121")));
    }
    let words = request.message.split(|letter: char| !letter.is_ascii_alphanumeric());
    let words: Vec<String> =
        words.filter(|word| !word.is_empty()).map(str::to_ascii_lowercase).collect();
    if words.is_empty() {
        return Err(refused("say in a few words what the revision is about"));
    }
    let names = revisions(request.address.database).all();
    let numbers = names.iter().filter_map(|name| name.split('_').nth(1)?.parse::<u32>().ok());
    let number = numbers.max().unwrap_or_default() + 1;
    Ok(format!("m{date}_{number:06}_{}", words.join("_")))
}

/// Finds the changes, running each on both sides, and proves them.
async fn work(
    tables: &[Stated],
    request: &Request<'_>,
    sides: &Both<Side>,
) -> Result<Option<(Vec<Change>, Vec<String>)>, DbErr> {
    let Both { sqlite, postgres } = sides;
    let mut changes = Vec::new();
    let renames = parts::renames(sqlite, request.hints)?;
    take(sides, &mut changes, renames).await?;

    let made = Both { sqlite: sqlite.schema().await?, postgres: postgres.schema().await? };
    let wanted =
        Both { sqlite: sqlite.wanted(&made.sqlite), postgres: postgres.wanted(&made.postgres) };
    let mut reasons: Vec<String> = Vec::new();
    for (made, wanted) in [(&made.sqlite, &wanted.sqlite), (&made.postgres, &wanted.postgres)] {
        let found = differences(made, wanted)?;
        reasons.extend(found.iter().map(ToString::to_string));
    }
    reasons.sort();
    reasons.dedup();
    if reasons.is_empty() && changes.is_empty() {
        return Ok(None);
    }
    let database = request.address.database;
    parts::refuse_empty(tables, &made.sqlite, request.hints)?;
    let new = parts::tables(database, tables, &made, &wanted.sqlite)?;
    take(sides, &mut changes, new).await?;
    let new = parts::columns(database, tables, &made.sqlite)?;
    take(sides, &mut changes, new).await?;

    let (before, sqlite_plan, end) = plan(sqlite, request.hints).await?;
    let (_, postgres_plan, _) = plan(postgres, request.hints).await?;
    let plans = Both { sqlite: sqlite_plan, postgres: postgres_plan };
    refuse(&plans, request.allow_destructive)?;
    let Both { sqlite: here, postgres: there } = &plans;
    let statements = Statements {
        up: Both {
            sqlite: doings(request.address, &here.up, (&before, &end), tables).await?,
            postgres: statements(&there.up),
        },
        down: Both {
            sqlite: doings(request.address, &here.down, (&end, &before), tables).await?,
            postgres: statements(&there.down),
        },
        lost: lost(there),
    };
    if !statements.is_empty() {
        take(sides, &mut changes, vec![Change::Statements(Box::new(statements))]).await?;
    }
    let middle = sqlite.schema().await?;
    let new = parts::indexes(&middle, &sqlite.wanted(&middle))?;
    take(sides, &mut changes, new).await?;

    sqlite.prove(&wanted.sqlite, &changes).await?;
    postgres.prove(&wanted.postgres, &changes).await?;
    Ok(Some((changes, reasons)))
}

/// Runs more changes on both sides, and notes them.
async fn take(
    sides: &Both<Side>,
    changes: &mut Vec<Change>,
    more: Vec<Change>,
) -> Result<(), DbErr> {
    for change in more {
        sides.sqlite.up(&change).await?;
        sides.postgres.up(&change).await?;
        changes.push(change);
    }
    Ok(())
}

/// The way to all that is left but new indexes, which come last; with where it begins and ends.
async fn plan(side: &Side, hints: &Hints) -> Result<(Schema, Plan, Schema), DbErr> {
    let is = side.schema().await?;
    let mut should = side.wanted(&is);
    parts::without_new_indexes(&is, &mut should);
    let fills = Hints { fills: hints.fills.clone(), ..Hints::default() };
    let plan = Plan::between(&marked(&is), &marked(&should), &fills).map_err(schema_error)?;
    Ok((is, plan, should))
}

fn refuse(plans: &Both<Plan>, allow_destructive: bool) -> Result<(), DbErr> {
    let of = |safety: Safety| {
        let both = plans.postgres.up.iter().chain(&plans.sqlite.up);
        let mut found: Vec<String> = both
            .filter(|operation| operation.safety == safety)
            .map(|operation: &Operation| operation.summary.clone())
            .collect();
        found.sort();
        found.dedup();
        found.join("; ")
    };
    let blocked = of(Safety::Blocked);
    if !blocked.is_empty() {
        return Err(refused(&blocked));
    }
    let destructive = of(Safety::Destructive);
    if !destructive.is_empty() && !allow_destructive {
        return Err(refused(&format!(
            "it would destroy what is there: {destructive}. Allow it, if that is meant"
        )));
    }
    Ok(())
}
