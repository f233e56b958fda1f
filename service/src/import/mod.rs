//! Rows from CSV, into any table.
//!
//! The file's header says which column each cell belongs to; [`ImportOptions`] helps where it does not.
//! Every line is read and checked before anything of it lasts: one transaction holds the whole file, and
//! a [`Report`] names each line that cannot be a row.

mod cell;
mod keys;
mod lines;
mod plan;
mod sum;
mod target;
mod template;
mod write;

use std::io::Read;

use almanac_entity::Database;

use crate::{Error, Result, Sessions};
pub(crate) use cell::instant;
use keys::Keys;
pub(crate) use lines::{Line, Lines};
use plan::Plan;
use target::Target;
use write::Batch;

/// How a file is to be read.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// Columns and the headers they are filled from, where the names differ. A header may be followed by
    /// `*` and a factor that converts its unit, and such terms may be added up: `flux_mjy*0.001`,
    /// `mjd_start+scan_len_s*5.787e-6`. A header that is named here fills no column of its own name.
    pub map: Vec<(String, String)>,
    /// Columns and the value that every row gets. `{header}` stands for that row's cell, `{{` and `}}`
    /// for braces; where the cell is empty, so is the value.
    pub set: Vec<(String, String)>,
    /// Headers that fill no column. They may still stand in `map` and `set`.
    pub ignore: Vec<String>,
    /// Leave invalid lines out and write the others, instead of writing nothing.
    pub skip_invalid: bool,
    /// Rows that are checked and written together, at most 1,000.
    pub batch: usize,
}

impl Default for ImportOptions {
    fn default() -> Self {
        Self {
            map: Vec::new(),
            set: Vec::new(),
            ignore: Vec::new(),
            skip_invalid: false,
            batch: 500,
        }
    }
}

/// How far an import has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Lines read that hold rows.
    pub rows: u64,
    /// Bytes read.
    pub bytes: u64,
}

/// What became of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Lines that hold rows, or should.
    pub rows_read: u64,
    /// Rows written.
    pub written: u64,
    /// Lines at fault.
    pub invalid: u64,
    /// What is wrong, in all.
    pub problem_count: u64,
    /// The first [`PROBLEMS_KEPT`](Self::PROBLEMS_KEPT) problems, batch by batch.
    pub problems: Vec<Problem>,
}

impl Report {
    /// How many problems are kept; all are counted.
    pub const PROBLEMS_KEPT: usize = 100;

    /// Takes note of a problem.
    fn add(&mut self, line: u64, column: Option<&str>, message: impl Into<String>) {
        self.problem_count += 1;
        if self.problems.len() < Self::PROBLEMS_KEPT {
            let (column, message) = (column.map(str::to_owned), message.into());
            self.problems.push(Problem { line, column, message });
        }
    }
}

/// Why a line cannot be a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line of the file on which the row begins; the header is line 1.
    pub line: u64,
    /// The column at fault, where it is one.
    pub column: Option<String>,
    /// What is wrong, and what would be right.
    pub message: String,
}

/// Writes the rows of a CSV file into `table`, which goes by its name in `database`. One transaction
/// holds them: where a line is invalid nothing is written, unless the options say to leave such lines
/// out. `progress` hears of every batch. The file is read on the calling task, a batch at a time.
///
/// # Errors
/// There is no such table, the header does not fit it, the options contradict each other, the file cannot
/// be read, or the engine fails. Invalid lines are no error: the report lists them.
pub async fn import<R: Read>(
    sessions: &Sessions,
    database: Database,
    table: &str,
    input: R,
    options: &ImportOptions,
    mut progress: impl FnMut(Progress),
) -> Result<Report> {
    let target = Target::find(database, table)?;
    let mut lines = Lines::new(input);
    let plan = Plan::new(&target, &lines.header()?, options)?;
    let mut keys = Keys::new(&target, &plan);
    let size = options.batch.clamp(1, 1_000);

    let transaction = sessions.begin(database).await?;
    let mut report = Report::default();
    loop {
        let mut batch = Batch::default();
        let more = fill(&mut batch, size, &mut lines, &target, &plan, &mut report)?;
        write::batch(&transaction, &target, &plan, &mut keys, batch, &mut report).await?;
        progress(Progress { rows: report.rows_read, bytes: lines.bytes() });
        if !more {
            break;
        }
    }
    if report.problem_count > 0 && !options.skip_invalid {
        report.written = 0;
        transaction.rollback().await?;
    } else {
        write::after(&transaction, &target, &plan).await?;
        transaction.commit().await?;
    }
    tracing::debug!(%database, table, report.rows_read, report.written, report.invalid, "imported");
    Ok(report)
}

/// Reads lines until the batch has `size` rows; whether the file goes on.
fn fill<R: Read>(
    batch: &mut Batch,
    size: usize,
    lines: &mut Lines<R>,
    target: &Target,
    plan: &Plan,
    report: &mut Report,
) -> Result<bool> {
    // Lines at fault count too, so that progress is heard of in a file that is all wrong.
    for _ in 0..size {
        let Some(Line { number, cells, fault }) = lines.next()? else { return Ok(false) };
        report.rows_read += 1;
        let before = report.problem_count;
        let row = match fault {
            Some(fault) => {
                report.add(number, None, fault);
                Vec::new()
            }
            None => {
                plan.row(target, cells, |column, message| report.add(number, Some(column), message))
            }
        };
        if report.problem_count == before {
            batch.push(number, row);
        } else {
            report.invalid += 1;
        }
    }
    Ok(true)
}

/// An option that cannot be used.
fn unusable(option: &str, column: &str, message: impl std::fmt::Display) -> Error {
    Error::invalid(option, format!("`{column}`: {message}"))
}

/// Names, to be read by a person.
fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.into_iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
