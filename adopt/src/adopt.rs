//! Taking a file over.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    slice,
    time::Duration,
};

use almanac_database::{Address, Database, Location, Origin};
use almanac_migration::{How, Lock};
use almanac_upkeep::{
    backup::{self, Tools},
    complaints, orphans_by_table,
};
use chrono::{DateTime, Utc};
use migration_schema::{Difference, Hints, Schema, Sides, compare, quoted, reflect};
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use crate::{
    Error, Findings, Result,
    aside::Aside,
    backfill::backfill,
    canonical::Canonical,
    extend::{add_definitions, add_tables, extend},
    file::{Look, Writer},
    mapping::Designations,
    recognise::{Recognised, Recognition, Reshape},
    report::{Outcome, Report},
    reshape::reshape,
    sql::count,
    verdict::{Class, Verdict},
};

/// How a file is taken over.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether tables may be made anew.
    pub reshape: bool,
    /// The folder of backups; none does without.
    pub backups: Option<PathBuf>,
    /// How long to wait for other programs that write.
    pub wait: Duration,
    /// Only say what would be done.
    pub dry_run: bool,
    /// The instant of the adoption.
    pub now: DateTime<Utc>,
}

/// Takes over the file of `wanted`, or of the database that its tables tell, and tells each step. What is changed is
/// changed in one transaction, after a backup.
///
/// # Errors
/// The file is refused, is open for writing elsewhere, or is damaged; the backup fails; SQLite refuses. The file is as
/// it was.
pub async fn adopt(
    file: &Path,
    wanted: Option<Database>,
    options: &Options,
    mut tell: impl FnMut(&str),
) -> Result<Report> {
    if !file.exists() {
        return Err(Error::refused(
            file.display(),
            "there is no such file; `almanac migrate upgrade` makes a new one",
        ));
    }
    tell("looking at the file");
    let look = Look::at(file).await?;
    let decided = async {
        let found = Recognition::of(&look.connection, wanted, None).await?;
        match decide(&found, file, options)? {
            Decision::Done(report) => Ok(Ok(*report)),
            Decision::Rehearse(outcome) => {
                tell("trying it on a copy");
                rehearse(&look, found, file, (options, outcome)).await.map(Ok)
            }
            Decision::Work(_) => Ok(Err(found.canonical)),
        }
    };
    let decided = decided.await;
    look.close().await?;
    match decided.map_err(Error::of(file))? {
        Ok(report) => Ok(report),
        Err(canonical) => {
            let done = in_place(file, wanted, canonical, options, tell).await;
            done.map_err(Error::of(file))
        }
    }
}

/// What becomes of a file.
enum Decision {
    /// Nothing.
    Done(Box<Report>),
    /// It is tried on a copy.
    Rehearse(Outcome),
    /// It is taken over.
    Work(Database),
}

fn decide(found: &Recognition, file: &Path, options: &Options) -> Result<Decision> {
    let refuse = |reason: &str| Err(Error::refused(file.display(), reason));
    match (found.verdict, found.database) {
        (Verdict::Refused, _) => refuse(found.refusal.as_deref().unwrap_or("it is not taken over")),
        (_, None) | (Verdict::Empty | Verdict::Missing, _) => {
            refuse("it holds no tables; `almanac migrate upgrade` makes them")
        }
        (_, Some(database)) if found.is_ours => {
            let mut report = found.report(database, file, Outcome::NothingToDo);
            report.revision =
                found.canonical.as_ref().map(|canonical| canonical.revision().to_owned());
            report.rows_before = found.rows();
            report.rows_after = found.rows();
            Ok(Decision::Done(Box::new(report)))
        }
        (Verdict::NeedsReshape, _) if !options.reshape => {
            Ok(Decision::Rehearse(Outcome::NeedsReshape))
        }
        _ if options.dry_run => Ok(Decision::Rehearse(Outcome::DryRun)),
        (_, Some(database)) => Ok(Decision::Work(database)),
    }
}

/// Does on a copy what would be done.
async fn rehearse(
    look: &Look,
    found: Recognition,
    file: &Path,
    how: (&Options, Outcome),
) -> Result<Report> {
    let folder =
        tempfile::tempdir().map_err(Error::file("create", Path::new("a temporary folder")))?;
    let copy = folder.path().join("rehearsal.sqlite3");
    look.copy_to(&copy).await?;
    let writer = Writer::open(&copy, how.0.wait).await?;
    let done = async {
        let transaction = writer.begin(&copy).await?;
        let found = Recognition::of(&transaction, found.database, found.canonical).await?;
        let report = work(&transaction, &found, file, how, |_| {}).await?;
        transaction.rollback().await?;
        Ok(report)
    };
    let done = done.await;
    writer.close().await?;
    done
}

/// Takes over the file itself.
async fn in_place(
    file: &Path,
    wanted: Option<Database>,
    canonical: Option<Canonical>,
    options: &Options,
    mut tell: impl FnMut(&str),
) -> Result<Report> {
    let of = |database| {
        Address::new(database, Location::File(file.to_owned()), Origin::Argument("FILE"))
    };
    // Its file stands beside the database's, whichever that is.
    let lock = Lock::take(&of(wanted.unwrap_or(Database::Products))).await?;
    tell("waiting for other programs that write");
    let writer = Writer::open(file, options.wait).await?;
    let done = async {
        let transaction = writer.begin(file).await?;
        // It may have become another since it was looked at.
        let found = Recognition::of(&transaction, wanted, canonical).await?;
        match decide(&found, file, options)? {
            Decision::Done(report) => Ok(*report),
            Decision::Rehearse(_) => Err(Error::refused(
                file.display(),
                "it changed while it was looked at; run this again",
            )),
            Decision::Work(database) => {
                refuse_damage(&transaction, file).await?;
                let mut backup = None;
                if let Some(folder) = &options.backups {
                    tell("making a backup");
                    backup = Some(back_up(&of(database), folder, &found, options.now).await?);
                }
                let how = (options, Outcome::Adopted);
                let mut report = work(&transaction, &found, file, how, &mut tell).await?;
                report.backup = backup;
                transaction.commit().await?;
                Ok(report)
            }
        }
    };
    let done = done.await;
    writer.close().await?;
    lock.release().await?;
    done
}

async fn refuse_damage<C: ConnectionTrait>(connection: &C, file: &Path) -> Result<()> {
    let found = complaints(connection).await?;
    match found.first() {
        None => Ok(()),
        Some(first) => Err(Error::damaged(file, first)),
    }
}

/// Copies a file that nobody can write meanwhile, and proves the copy. Returns the copy, whose folder is the backup.
async fn back_up(
    address: &Address,
    folder: &Path,
    found: &Recognition,
    now: DateTime<Utc>,
) -> Result<PathBuf> {
    let tools = Tools::default();
    let made = backup::create(slice::from_ref(address), folder, &tools, now).await?;
    let made = made.into_iter().next().expect("a backup is made of each address");
    let damaged = |reason: String| {
        Error::Backup(almanac_upkeep::Error::Damaged {
            place: made.folder.display().to_string(),
            reason,
        })
    };
    if let Some(fault) = backup::verify(&made.folder, None, &tools).await?.into_iter().next() {
        return Err(damaged(fault));
    }
    let copied: BTreeMap<&str, u64> =
        made.manifest.tables.iter().map(|table| (table.table.as_str(), table.rows)).collect();
    for (table, rows) in found.rows() {
        if copied.get(table.as_str()) != Some(&rows) {
            return Err(damaged(format!("it has not the {rows} rows of {table}")));
        }
    }
    Ok(made.folder.join(&made.manifest.files[0].name))
}

/// Changes the file and its books, as a part of a transaction.
async fn work(
    transaction: &DatabaseTransaction,
    found: &Recognition,
    path: &Path,
    (options, outcome): (&Options, Outcome),
    mut tell: impl FnMut(&str),
) -> Result<Report> {
    let (Some(database), Some(canonical)) = (found.database, &found.canonical) else {
        return Err(Error::refused(path.display(), "it is no database of the pipeline"));
    };
    let before = &found.file;
    let mut report = found.report(database, path, outcome);
    report.findings = Findings::of(transaction, before, canonical).await?;
    report.rows_before = found.rows();
    let orphans_before = orphans_by_table(transaction).await?;
    let aside = Aside::put(transaction, before).await?;
    Designations::prepare(transaction, before).await?;
    for (table, fit) in found.additive(canonical) {
        tell(&format!("adding to {}", table.name));
        extend(transaction, (table, fit), before, &mut report).await?;
    }
    add_tables(transaction, &now(transaction).await?, canonical, &mut report).await?;
    for (table, how) in found.reshapes(canonical) {
        tell(&format!("making {} anew", table.report.table));
        let file = now(transaction).await?;
        let from = before.table(&table.report.table).expect("a recognised table is in the file");
        let instant = instant(options.now);
        let (reshaped, unmapped) =
            reshape(transaction, from, how, (&file, canonical), instant).await?;
        report.reshaped.push(reshaped);
        report.unmapped.extend(unmapped);
    }
    tell("filling in what can be");
    report.backfilled = backfill(transaction, database, before).await?;
    aside.back(transaction).await?;
    add_definitions(transaction, &now(transaction).await?, canonical).await?;
    tell("proving it");
    let after = now(transaction).await?;
    report.broken = aside.broken_since(transaction, &after).await;
    report.rows_after = rows(transaction, &after).await?;
    refuse_damage(transaction, path).await?;
    refuse_orphans(&orphans_before, &orphans_by_table(transaction).await?, path)?;
    refuse_loss(&report, found, path)?;
    note(transaction, canonical, &after).await?;
    report.revision = Some(canonical.revision().to_owned());
    Ok(report)
}

/// Writes the books.
async fn note(
    transaction: &DatabaseTransaction,
    canonical: &Canonical,
    after: &Schema,
) -> Result<()> {
    let revisions = &canonical.revisions;
    revisions.stamp_within(transaction, canonical.len(), How::Adopted, false).await?;
    let comparison = compare(after, canonical.head(), &Hints::default())?;
    let is_own = |difference: &Difference| {
        matches!(difference, Difference::Table(Sides { desired: None, .. }))
    };
    let tolerated = comparison.differences.iter().filter(|one| !is_own(one));
    let tolerated: Vec<String> = tolerated.map(ToString::to_string).collect();
    Ok(revisions.tolerate(transaction, &tolerated).await?)
}

async fn now(transaction: &DatabaseTransaction) -> Result<Schema> {
    Ok(reflect(transaction, "main").await?)
}

/// The instant as Unix seconds.
fn instant(now: DateTime<Utc>) -> f64 {
    almanac_entity::UnixTime::from(now).0
}

async fn rows<C: ConnectionTrait>(connection: &C, file: &Schema) -> Result<BTreeMap<String, u64>> {
    let mut rows = BTreeMap::new();
    for table in &file.tables {
        let held = count(connection, &format!("FROM {}", quoted(&table.name))).await?;
        rows.insert(table.name.clone(), held);
    }
    Ok(rows)
}

fn refuse_orphans(
    before: &BTreeMap<String, u64>,
    after: &BTreeMap<String, u64>,
    path: &Path,
) -> Result<()> {
    let grown =
        after.iter().find(|(table, rows)| before.get(*table).is_some_and(|were| *rows > were));
    match grown {
        None => Ok(()),
        Some((table, rows)) => Err(Error::refused(
            path.display(),
            format!(
                "{rows} rows of {table} would refer to rows that cannot be taken over, so nothing was changed; mend \
                 those, which --dry-run tells"
            ),
        )),
    }
}

/// Proves that every row is where it should be.
fn refuse_loss(report: &Report, found: &Recognition, path: &Path) -> Result<()> {
    let lost =
        |what: String| Err(Error::refused(path.display(), format!("{what}; nothing was changed")));
    for (table, rows) in &report.rows_before {
        let is_kept = found.table(table).is_some_and(|table| table.reshape.is_none());
        // Rows of another table may have been added to it.
        if is_kept && report.rows_after.get(table).is_none_or(|after| after < rows) {
            return lost(format!("{table} would not have its {rows} rows"));
        }
    }
    for one in &report.reshaped {
        let kept = report.rows_after.get(&one.legacy) == Some(&one.legacy_rows);
        let there = report.rows_after.get(&one.table).is_some_and(|rows| *rows >= one.mapped_rows);
        if !kept || !there {
            return lost(format!("{} would not have the rows that were taken over", one.table));
        }
    }
    Ok(())
}

impl Recognition {
    fn report(&self, database: Database, file: &Path, outcome: Outcome) -> Report {
        let mut report = Report::new(database, file, outcome);
        report.alembic_version.clone_from(&self.alembic);
        let unknown = self.tables.iter().filter(|table| table.report.class == Class::Foreign);
        let unknown = unknown.map(|table| table.report.table.clone());
        report.unknown_tables = unknown.filter(|table| table != "alembic_version").collect();
        report
    }

    fn rows(&self) -> BTreeMap<String, u64> {
        self.tables.iter().map(|table| (table.report.table.clone(), table.report.rows)).collect()
    }

    /// The tables that stay, with what they lack.
    fn additive<'r>(
        &'r self,
        canonical: &'r Canonical,
    ) -> impl Iterator<Item = (&'r migration_schema::Table, &'r crate::fit::Fit)> {
        canonical.in_order().into_iter().filter_map(|wanted| {
            let table = self.table(&wanted.name)?;
            table.reshape.is_none().then_some((wanted, table.fit.as_ref()?))
        })
    }

    /// The tables that are made anew, each behind those that it refers to; those of others last.
    fn reshapes(&self, canonical: &Canonical) -> Vec<(&Recognised, &Reshape)> {
        let order: Vec<&str> =
            canonical.in_order().into_iter().map(|table| table.name.as_str()).collect();
        let all = self.tables.iter().filter_map(|table| Some((table, table.reshape.as_ref()?)));
        let mut all: Vec<_> = all.collect();
        all.sort_by_key(|(table, _)| {
            order.iter().position(|name| *name == table.report.table).unwrap_or(usize::MAX)
        });
        all
    }
}
