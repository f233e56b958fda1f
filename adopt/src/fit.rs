//! How a table of a file fits the one that the revisions make.

use std::collections::BTreeMap;

use almanac_entity::Kind;
use almanac_upkeep::digest::Known;
use migration_schema::{Column, Engine, ForeignKey, Index, Schema, Table};

use crate::canonical::{counter, is_mandatory, keys};

/// Columns that a row of ours cannot be without, but one of an old file may.
const SPARED: [(&str, &str); 1] = [("photometry", "source_id")];

/// In what a table of a file differs from the canonical one.
pub(crate) struct Fit {
    /// Columns that it has not.
    pub(crate) missing: Vec<Column>,
    /// Columns of its own.
    pub(crate) extra: Vec<String>,
    /// Columns that it has not, and that every row needs.
    pub(crate) lacking: Vec<String>,
    /// Indexes that it has not, under whatever name.
    pub(crate) indexes: Vec<Index>,
    /// Sets of columns in which it lets rows be equal.
    pub(crate) uniques: Vec<Vec<String>>,
    /// What keeps rows from being written, and only making the table anew mends.
    pub(crate) hindrances: Vec<String>,
    /// Whether its key is another one.
    pub(crate) other_key: bool,
    /// Whether it is less strict: tolerated.
    loose: bool,
}

impl Fit {
    /// Compares a table of `file` with the canonical one; `known` is what the entity says of its columns, and `head`
    /// all the tables there will be.
    pub(crate) fn of(
        table: &Table,
        canonical: &Table,
        known: Option<&BTreeMap<String, Known>>,
        (file, head): (&Schema, &Schema),
    ) -> Self {
        let here = |name: &str| table.column(Engine::Sqlite, name);
        let missing: Vec<Column> =
            canonical.columns.iter().filter(|one| here(&one.name).is_none()).cloned().collect();
        let spared = |column: &&Column| {
            SPARED.iter().any(|(of, name)| table.name == *of && column.name == *name)
        };
        let lacking = missing.iter().filter(|one| is_mandatory(one) && !spared(one));
        let lacking = lacking.map(|column| column.name.clone()).collect();
        let pairs = || canonical.columns.iter().filter_map(|one| Some((here(&one.name)?, one)));
        let extra = table.columns.iter().filter(|one| !has(canonical, &one.name));
        let mut hindrances = stricter(table, canonical);
        hindrances.extend(pairs().filter_map(|(is, _)| {
            let is_time = matches!(known?.get(&is.name)?.kind, Kind::UnixTime);
            (is_time && is.ty.canonical == "TEXT")
                .then(|| format!("{} is text, not Unix seconds", is.name))
        }));
        hindrances.extend(broken(table, file, head).into_iter().map(|(_, reason)| reason));
        let other_key = primary_key(table) != primary_key(canonical);
        if !other_key && counter(canonical).is_some() && counter(table).is_none() {
            hindrances.push("its key is not numbered by SQLite".to_owned());
        }
        let in_key = |name: &str| primary_key(canonical).contains(&name.to_ascii_lowercase());
        let loose = pairs().any(|(is, should)| {
            is.ty != should.ty
                || is.default != should.default
                || (is.nullable != should.nullable && !in_key(&should.name))
        }) || canonical.foreign_keys.len() != table.foreign_keys.len();
        Self {
            extra: extra.map(|column| column.name.clone()).collect(),
            indexes: missing_indexes(table, canonical),
            uniques: keys(canonical).into_iter().filter(|key| !is_unique(table, key)).collect(),
            missing,
            lacking,
            hindrances,
            other_key,
            loose,
        }
    }

    /// Whether there is nothing to be done.
    pub(crate) fn is_exact(&self) -> bool {
        self.is_complete()
            && self.extra.is_empty()
            && self.indexes.is_empty()
            && self.uniques.is_empty()
            && !self.loose
    }

    /// Whether it has all columns, and rows can be written.
    pub(crate) fn is_complete(&self) -> bool {
        self.missing.is_empty() && self.hindrances.is_empty() && !self.other_key
    }
}

fn has(table: &Table, column: &str) -> bool {
    table.column(Engine::Sqlite, column).is_some()
}

/// Columns that a row has to have a value in, and of which a row of ours may have none.
fn stricter(table: &Table, canonical: &Table) -> Vec<String> {
    let key = primary_key(table);
    let may_be_empty = |column: &&Column| {
        canonical.column(Engine::Sqlite, &column.name).is_none_or(|should| should.nullable)
    };
    table
        .columns
        .iter()
        .filter(|column| is_mandatory(column) && !key.contains(&column.name.to_ascii_lowercase()))
        .filter(may_be_empty)
        .map(|column| format!("{} may not be empty", column.name))
        .collect()
}

/// The foreign keys of a table that make SQLite refuse every change of a row, and why.
pub(crate) fn broken<'t>(
    table: &'t Table,
    file: &Schema,
    head: &Schema,
) -> Vec<(&'t ForeignKey, String)> {
    let why = |key: &ForeignKey| {
        let (columns, parent) = (key.columns.join(", "), &key.table);
        match file.table(parent).or_else(|| head.table(parent)) {
            None => Some(format!("{columns} refers to {parent}, which is not there")),
            Some(found) if !key.target.is_empty() && !is_unique(found, &key.target) => {
                let target = key.target.join(", ");
                Some(format!("{columns} refers to {parent}.{target}, which is not unique"))
            }
            Some(_) => None,
        }
    };
    table.foreign_keys.iter().filter_map(|key| Some((key, why(key)?))).collect()
}

/// Whether no two rows of a table can be equal in these columns.
pub(crate) fn is_unique(table: &Table, columns: &[String]) -> bool {
    let fold = |columns: &[String]| {
        let mut folded: Vec<String> =
            columns.iter().map(|name| name.to_ascii_lowercase()).collect();
        folded.sort();
        folded
    };
    let primary = table.primary_key.iter().map(|key| key.columns.clone());
    primary.chain(keys(table)).any(|key| fold(&key) == fold(columns))
}

fn primary_key(table: &Table) -> Vec<String> {
    let key = table.primary_key.iter().flat_map(|key| &key.columns);
    key.map(|name| name.to_ascii_lowercase()).collect()
}

/// The plain indexes that a table has not. One over the same columns in the same order will do, whatever its name.
fn missing_indexes(table: &Table, canonical: &Table) -> Vec<Index> {
    let missing = |wanted: &&Index| {
        wanted.plain_unique().is_none() && !table.indexes.iter().any(|index| serves(index, wanted))
    };
    canonical.indexes.iter().filter(missing).cloned().collect()
}

/// Whether an index finds all that another one does.
pub(crate) fn serves(index: &Index, wanted: &Index) -> bool {
    let over = |index: &Index| -> Vec<String> {
        let parts = index.parts.iter().map(|part| format!("{:?} {}", part.over, part.descending));
        parts.map(|part| part.to_ascii_lowercase()).collect()
    };
    over(index) == over(wanted) && index.predicate == wanted.predicate
}
