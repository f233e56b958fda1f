//! CSV files become rows, or a list of what is wrong with them.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod arbitrary;
mod command;
mod faults;
mod header;
mod keys;
mod real_data;
#[path = "../support/mod.rs"]
mod support;
mod values;

use almanac_entity::Table;
use almanac_service::{
    Error, PageRequest, Repository, Sessions,
    import::{ImportOptions, Report, import},
};

/// Imports `text` into the table of `E`.
async fn run<E: Table>(
    sessions: &Sessions,
    text: impl AsRef<[u8]>,
    options: &ImportOptions,
) -> Result<Report, Error> {
    let table = sea_orm::EntityName::table_name(&E::default());
    import(sessions, E::DATABASE, table, text.as_ref(), options, |_| ()).await
}

/// All rows of a table, by its primary key.
async fn rows<E: Table>(sessions: &Sessions) -> Vec<E::Model> {
    let reader = sessions.reader(E::DATABASE).await.expect("the database opens");
    let request = PageRequest { limit: 100_000, ..PageRequest::default() };
    Repository::<_, E>::new(&reader).list(&request).await.expect("the table is read")
}

/// A file of this header and these lines.
fn file(header: &str, lines: impl Iterator<Item = String>) -> String {
    let lines: Vec<_> = std::iter::once(header.to_owned()).chain(lines).collect();
    lines.join("\n")
}

/// Options with `column=header` mappings.
fn map<const N: usize>(pairs: [(&str, &str); N]) -> ImportOptions {
    ImportOptions { map: owned(pairs), ..ImportOptions::default() }
}

/// Options with `column=value` settings.
fn set<const N: usize>(pairs: [(&str, &str); N]) -> ImportOptions {
    ImportOptions { set: owned(pairs), ..ImportOptions::default() }
}

fn owned<const N: usize>(pairs: [(&str, &str); N]) -> Vec<(String, String)> {
    pairs.map(|(column, text)| (column.to_owned(), text.to_owned())).to_vec()
}

/// The problems as `line: column: message`.
fn problems(report: &Report) -> Vec<String> {
    let problems = report.problems.iter();
    problems
        .map(|problem| {
            let column = problem.column.as_deref().unwrap_or("-");
            format!("{}: {column}: {}", problem.line, problem.message)
        })
        .collect()
}
