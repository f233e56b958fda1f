//! What a command says: results on standard output, complaints on standard error.

use std::{
    fmt::{self, Write as _},
    io::{self, Write as _},
};

use serde::Serialize;

/// Prints one line of a result. A reader that went away, as `head` does, is no error.
pub(crate) fn say(line: impl fmt::Display) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}

/// Prints one line of a complaint.
pub(crate) fn complain(line: impl fmt::Display) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Prints a result as JSON.
pub(crate) fn say_json(result: &impl Serialize) -> anyhow::Result<()> {
    say(serde_json::to_string_pretty(result)?);
    Ok(())
}

/// Prints rows as columns of even width.
pub(crate) fn say_table<const N: usize>(header: [&str; N], rows: &[[String; N]]) {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([header[column].len()]).max().unwrap_or_default()
    };
    let widths: [usize; N] = std::array::from_fn(width);
    let line = |cells: [&str; N]| {
        let mut line = String::new();
        for (cell, width) in cells.iter().zip(widths) {
            // Writing into a string cannot fail.
            let _ = write!(line, "{cell:width$}  ");
        }
        say(line.trim_end());
    };
    line(header);
    for row in rows {
        line(std::array::from_fn(|column| row[column].as_str()));
    }
}
