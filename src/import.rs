//! `almanac import`: a CSV file into a table.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use almanac_database::Database;
use almanac_service::{
    Sessions,
    import::{ImportOptions, Problem, Report, import},
};
use anyhow::Context;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::output::{complain, say, say_json};

/// Problems that are printed; the others are only counted.
const PRINTED: usize = 20;

#[derive(Args)]
pub(crate) struct Import {
    /// The database
    database: Database,
    /// The table, by its name in the database
    table: String,
    /// The file; `-` is standard input
    file: PathBuf,
    /// Fill a column from a header of another name, which may be followed by a factor or further terms:
    /// `peak_jyb=flux_mjy*0.001`
    #[arg(long, value_name = "COLUMN=HEADER", value_delimiter = ',', value_parser = pair)]
    map: Vec<(String, String)>,
    /// Give a column the same value in every row; `{header}` stands for the row's cell
    #[arg(long, value_name = "COLUMN=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
    /// Leave headers aside that no column is filled from
    #[arg(long, value_name = "HEADER", value_delimiter = ',')]
    ignore: Vec<String>,
    /// Leave invalid lines out, instead of writing nothing
    #[arg(long)]
    skip_invalid: bool,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

impl Import {
    pub(crate) async fn run(self, sessions: Sessions) -> anyhow::Result<ExitCode> {
        let (input, size) = self.open()?;
        let bar = progress_bar(size);
        let options = ImportOptions {
            map: self.map,
            set: self.set,
            ignore: self.ignore,
            skip_invalid: self.skip_invalid,
            ..ImportOptions::default()
        };
        let started = Instant::now();
        let progress =
            |progress: almanac_service::import::Progress| bar.set_position(progress.bytes);
        let report = import(&sessions, self.database, &self.table, input, &options, progress).await;
        bar.finish_and_clear();
        let seconds = started.elapsed().as_secs_f64();
        let report = report.with_context(|| self.file.display().to_string())?;
        let nothing = report.problem_count > 0 && report.written == 0;

        if self.json {
            say_json(&as_json(&report, seconds))?;
        } else {
            print_problems(&self.file, &report);
            #[expect(clippy::cast_precision_loss, reason = "no file has so many rows")]
            let rate = report.rows_read as f64 / seconds.max(1e-3);
            say(format_args!(
                "{} rows read, {} written to {} of {}, {} left out; {seconds:.1} s, {rate:.0} rows/s",
                report.rows_read,
                report.written,
                self.table,
                self.database,
                report.rows_read - report.written,
            ));
        }
        if nothing && !self.json {
            complain(
                "nothing was written: mend the lines above, or leave them out by --skip-invalid",
            );
        }
        Ok(if nothing { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    /// The file and its size, where it has one.
    fn open(&self) -> anyhow::Result<(Box<dyn Read + Send>, Option<u64>)> {
        if self.file == Path::new("-") {
            return Ok((Box::new(io::stdin()), None));
        }
        let file = File::open(&self.file).with_context(|| self.file.display().to_string())?;
        let size = file.metadata().ok().filter(std::fs::Metadata::is_file).map(|facts| facts.len());
        Ok((Box::new(file), size))
    }
}

/// `column=header`.
fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((column, value)) if !column.trim().is_empty() => {
            Ok((column.trim().to_owned(), value.to_owned()))
        }
        _ => Err("it is not of the form column=value".to_owned()),
    }
}

/// A bar on standard error, which indicatif hides where that is no terminal.
fn progress_bar(size: Option<u64>) -> ProgressBar {
    let (bar, template) = match size {
        Some(size) => {
            (ProgressBar::new(size), "{bar:40} {bytes}/{total_bytes} {bytes_per_sec}, {eta} left")
        }
        None => (ProgressBar::no_length(), "{spinner} {bytes} {bytes_per_sec}"),
    };
    bar.with_style(ProgressStyle::with_template(template).expect("the template is one of two"))
}

fn print_problems(file: &Path, report: &Report) {
    let file = file.display();
    for Problem { line, column, message } in report.problems.iter().take(PRINTED) {
        match column {
            Some(column) => complain(format_args!("{file}:{line}: {column}: {message}")),
            None => complain(format_args!("{file}:{line}: {message}")),
        }
    }
    let more = report.problem_count.saturating_sub(PRINTED as u64);
    if more > 0 {
        complain(format_args!("and {more} more"));
    }
}

fn as_json(report: &Report, seconds: f64) -> serde_json::Value {
    let problems: Vec<_> = report
        .problems
        .iter()
        .map(|problem| {
            json!({"line": problem.line, "column": problem.column, "message": problem.message})
        })
        .collect();
    json!({
        "rows_read": report.rows_read,
        "written": report.written,
        "left_out": report.rows_read - report.written,
        "seconds": seconds,
        "problem_count": report.problem_count,
        "problems": problems,
    })
}
