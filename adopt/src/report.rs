//! What was done with a file, for programs and for people.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use almanac_database::Database;
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{Error, Findings, Orphans, Result};

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The file is taken over.
    Adopted,
    /// It was so before.
    NothingToDo,
    /// Tables have to be made anew, which nobody allowed: the file is as it was, and this is what would be done.
    NeedsReshape,
    /// Nothing was to be done: this is what would be.
    DryRun,
}

/// What was done with a file, or would be.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The database's name.
    pub database: String,
    /// The file.
    pub file: PathBuf,
    /// How it ended.
    pub outcome: Outcome,
    /// The copy in the folder of the backup.
    pub backup: Option<PathBuf>,
    /// What Alembic's table says, which proves nothing and is kept.
    pub alembic_version: Option<String>,
    /// The revision that the file is at.
    pub revision: Option<String>,
    /// Tables that it had not.
    pub added_tables: Vec<String>,
    /// Columns that tables had not.
    pub added_columns: Vec<AddedColumns>,
    /// Indexes that tables had not.
    pub added_indexes: Vec<AddedIndex>,
    /// Values filled in where there was none.
    pub backfilled: Vec<Backfill>,
    /// Tables made anew.
    pub reshaped: Vec<Reshaped>,
    /// Rows that a new table cannot hold. They are in the legacy one.
    pub unmapped: Vec<Unmapped>,
    /// Tables that are none of the database's, and stay.
    pub unknown_tables: Vec<String>,
    /// Views and triggers that worked before, and do not any more.
    pub broken: Vec<Broken>,
    /// What is strange about the rows that were found.
    #[serde(flatten)]
    pub findings: Findings,
    /// How many rows each table had.
    pub rows_before: BTreeMap<String, u64>,
    /// How many it has.
    pub rows_after: BTreeMap<String, u64>,
}

/// Columns added to a table.
#[derive(Clone, Debug, Serialize)]
pub struct AddedColumns {
    /// The table.
    pub table: String,
    /// The columns.
    pub columns: Vec<String>,
}

/// An index added to a table.
#[derive(Clone, Debug, Serialize)]
pub struct AddedIndex {
    /// The table.
    pub table: String,
    /// The index.
    pub index: String,
}

/// Values filled into a column.
#[derive(Clone, Debug, Serialize)]
pub struct Backfill {
    /// The table.
    pub table: String,
    /// The column.
    pub column: String,
    /// In how many rows.
    pub rows: u64,
}

/// A table made anew.
#[derive(Clone, Debug, Serialize)]
pub struct Reshaped {
    /// The new table.
    pub table: String,
    /// The table that keeps the old rows.
    pub legacy: String,
    /// How many there are.
    pub legacy_rows: u64,
    /// How many of them the new table holds.
    pub mapped_rows: u64,
    /// How many it does not.
    pub unmapped_rows: u64,
    /// The statements that had made the old table and its indexes.
    pub ddl: String,
}

/// A row that the new table cannot hold.
#[derive(Clone, Debug, Serialize)]
pub struct Unmapped {
    /// The new table.
    pub table: String,
    /// Its number in the table that keeps it, the legacy one.
    pub rowid: i64,
    /// Why.
    pub reason: String,
}

/// A view or trigger that works no more.
#[derive(Clone, Debug, Serialize)]
pub struct Broken {
    /// `view` or `trigger`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// What SQLite says.
    pub reason: String,
}

impl Report {
    /// A report of nothing.
    pub(crate) fn new(database: Database, file: &Path, outcome: Outcome) -> Self {
        Self {
            database: database.to_string(),
            file: file.to_owned(),
            outcome,
            backup: None,
            alembic_version: None,
            revision: None,
            added_tables: Vec::new(),
            added_columns: Vec::new(),
            added_indexes: Vec::new(),
            backfilled: Vec::new(),
            reshaped: Vec::new(),
            unmapped: Vec::new(),
            unknown_tables: Vec::new(),
            broken: Vec::new(),
            findings: Findings::default(),
            rows_before: BTreeMap::new(),
            rows_after: BTreeMap::new(),
        }
    }

    /// Writes the report into `folder`, as JSON and as text. Returns both files.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn write(&self, folder: &Path, now: DateTime<Utc>) -> Result<[PathBuf; 2]> {
        fs::create_dir_all(folder).map_err(Error::file("create", folder))?;
        let name = format!("{}-{}", now.format("%Y%m%dT%H%M%S%.6fZ"), self.database);
        let [json, text] = ["json", "txt"].map(|kind| folder.join(format!("{name}.{kind}")));
        // A report holds nothing that JSON cannot say.
        let value = serde_json::to_string_pretty(self).unwrap_or_default();
        fs::write(&json, value + "\n").map_err(Error::file("write", &json))?;
        fs::write(&text, self.lines().join("\n") + "\n").map_err(Error::file("write", &text))?;
        Ok([json, text])
    }

    /// The report for people, line by line.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![self.summary()];
        let mut say = |line: String| lines.push(format!("  {line}"));
        if let Some(backup) = &self.backup {
            say(format!("backup: {}", backup.display()));
        }
        if let Some(version) = &self.alembic_version {
            say(format!("alembic_version: {version} (kept; it proves nothing)"));
        }
        for added in &self.added_columns {
            say(format!("columns added to {}: {}", added.table, added.columns.join(", ")));
        }
        if !self.added_tables.is_empty() {
            say(format!("tables added: {}", self.added_tables.join(", ")));
        }
        if !self.added_indexes.is_empty() {
            let names: Vec<&str> =
                self.added_indexes.iter().map(|added| added.index.as_str()).collect();
            say(format!("indexes added: {}", names.join(", ")));
        }
        for filled in &self.backfilled {
            say(format!("filled in: {}.{} in {} rows", filled.table, filled.column, filled.rows));
        }
        for one in &self.reshaped {
            say(format!(
                "made anew: {}: {} of {} rows; all of them are in {}",
                one.table, one.mapped_rows, one.legacy_rows, one.legacy
            ));
        }
        for (reason, rows) in self.reasons() {
            say(format!("not taken over: {rows} rows of {reason}"));
        }
        for one in &self.broken {
            say(format!("works no more: {} {}: {}", one.kind, one.name, one.reason));
        }
        if !self.unknown_tables.is_empty() {
            say(format!("not Almanac's, and left alone: {}", self.unknown_tables.join(", ")));
        }
        self.findings.lines().into_iter().for_each(say);
        lines
    }

    fn summary(&self) -> String {
        let (database, file) = (&self.database, self.file.display());
        let at = self.revision.as_deref().unwrap_or("no revision");
        match self.outcome {
            Outcome::Adopted => format!("{database}: adopted {file} at {at}"),
            Outcome::NothingToDo => format!("{database}: nothing to do, {file} is at {at}"),
            Outcome::NeedsReshape => format!(
                "{database}: {file} is as it was. It has tables that must be made anew, which --reshape \
                 allows; this would be done:"
            ),
            Outcome::DryRun => format!("{database}: {file} is as it was; this would be done:"),
        }
    }

    /// How many rows were left in a table for a reason.
    fn reasons(&self) -> BTreeMap<String, u64> {
        let mut reasons = BTreeMap::new();
        for row in &self.unmapped {
            *reasons.entry(format!("{}: {}", row.table, row.reason)).or_default() += 1;
        }
        reasons
    }
}

impl Findings {
    /// What was found, for people, line by line.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for one in &self.orphans {
            let Orphans { table, column, parent, rows } = one;
            lines.push(format!(
                "orphans: {rows} rows of {table} name a {column} that {parent} has not"
            ));
        }
        for ((table, columns), groups) in self.duplicate_groups() {
            lines.push(format!(
                "duplicates: {groups} values of {table}.{columns} are in more than one row"
            ));
        }
        for one in &self.outside_vocabulary {
            let mut words = String::new();
            for (at, word) in one.values.iter().take(SHOWN).enumerate() {
                let separator = if at == 0 { "" } else { ", " };
                // Writing into a string cannot fail.
                let _ = write!(words, "{separator}{:?} ({} rows)", word.value, word.rows);
            }
            let more = if one.values.len() > SHOWN { ", …" } else { "" };
            lines.push(format!("words of their own: {}.{}: {words}{more}", one.table, one.column));
        }
        for one in &self.suspicious {
            lines.push(format!(
                "suspicious: {}.{} {}: {} rows",
                one.table, one.column, one.what, one.rows
            ));
        }
        lines
    }

    fn duplicate_groups(&self) -> BTreeMap<(&str, String), u64> {
        let mut groups = BTreeMap::new();
        for one in &self.duplicates {
            *groups.entry((one.table.as_str(), one.columns.join(", "))).or_default() += 1;
        }
        groups
    }
}

/// Words of a column that are shown to people.
const SHOWN: usize = 8;
