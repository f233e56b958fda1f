//! A CSV file, row by row, with the line that each row begins on.

use std::io::{self, Read};

use csv::{ByteRecord, ReaderBuilder, Terminator};

use crate::{Error, Result};

/// No row is as long as this, so that a quote without its pair does not read the rest of the file.
const LONGEST: usize = 64 << 20;

/// The rows of a file.
pub(crate) struct Lines<R> {
    reader: csv::Reader<Input<R>>,
    record: ByteRecord,
    width: usize,
}

/// One row of a file.
pub(crate) struct Line<'a> {
    /// The line it begins on.
    pub(crate) number: u64,
    /// Its cells, as many as the header has.
    pub(crate) cells: &'a ByteRecord,
    /// Why its cells cannot be told apart.
    pub(crate) fault: Option<String>,
}

impl<R: Read> Lines<R> {
    pub(crate) fn new(input: R) -> Self {
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            // A carriage return before it is cut off below. Were it a terminator too, the line feed
            // behind it would count to the row after.
            .terminator(Terminator::Any(b'\n'))
            .from_reader(Input { inner: input, row: 0, ended: false, closed: false });
        Self { reader, record: ByteRecord::new(), width: 0 }
    }

    /// The names in the first row.
    pub(crate) fn header(&mut self) -> Result<Vec<String>> {
        let Some((1, false)) = self.read()? else {
            return Err(Error::invalid(
                "line 1",
                "the file does not begin with the names of its columns",
            ));
        };
        let names: Vec<_> =
            self.record.iter().map(|name| String::from_utf8(name.to_vec())).collect();
        let mut names: Vec<String> = names
            .into_iter()
            .collect::<std::result::Result<_, _>>()
            .map_err(|_| Error::invalid("line 1", "the file is not UTF-8"))?;
        for name in &mut names {
            *name = name.trim_start_matches('\u{feff}').trim().to_owned();
        }
        let twice = names.iter().enumerate().find(|(index, name)| names[..*index].contains(name));
        if let Some((_, name)) = twice {
            return Err(Error::invalid("line 1", format!("two columns are called `{name}`")));
        }
        self.width = names.len();
        Ok(names)
    }

    /// The next row; none at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Line<'_>>> {
        let Some((number, open)) = self.read()? else { return Ok(None) };
        let cells = self.record.len();
        let fault = if open {
            Some("a quoted cell that begins here does not end".to_owned())
        } else if cells != self.width {
            Some(format!("it has {cells} cells, the header {}", self.width))
        } else {
            None
        };
        Ok(Some(Line { number, cells: &self.record, fault }))
    }

    /// How much of the file is read.
    pub(crate) fn bytes(&self) -> u64 {
        self.reader.position().byte()
    }

    /// Reads the next row that is not blank: the line it begins on, and whether the file ended within.
    fn read(&mut self) -> Result<Option<(u64, bool)>> {
        loop {
            self.reader.get_mut().row = 0;
            let unreadable = |error: csv::Error| Error::invalid("file", error.to_string());
            if !self.reader.read_byte_record(&mut self.record).map_err(unreadable)? {
                return Ok(None);
            }
            let within: u64 = self.record.iter().map(newlines).sum();
            let open = self.reader.get_ref().ended;
            let number = self.reader.position().line() - within - u64::from(!open);
            self.cut_carriage_return();
            if self.record.len() > 1 || self.record.get(0).is_some_and(|cell| !cell.is_empty()) {
                return Ok(Some((number, open)));
            }
        }
    }

    fn cut_carriage_return(&mut self) {
        let Some(last) = self.record.len().checked_sub(1) else { return };
        if let Some(cell) = self.record.get(last).and_then(|cell| cell.strip_suffix(b"\r")) {
            let cell = cell.to_vec();
            self.record.truncate(last);
            self.record.push_field(&cell);
        }
    }
}

fn newlines(cell: &[u8]) -> u64 {
    cell.iter().map(|byte| u64::from(*byte == b'\n')).sum()
}

/// The file, with a newline at its end: what the reader finds behind that is a row whose quotes are open.
struct Input<R> {
    inner: R,
    /// Bytes taken since the last row was whole.
    row: usize,
    /// Whether the newline was given.
    closed: bool,
    /// Whether the reader asked for more behind it.
    ended: bool,
}

impl<R: Read> Read for Input<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.closed {
            self.ended = true;
            return Ok(0);
        }
        if self.row > LONGEST {
            return Err(io::Error::other("a row is longer than 64 MiB: a quote without its pair?"));
        }
        let count = match self.inner.read(buffer) {
            Ok(0) if !buffer.is_empty() => {
                self.closed = true;
                buffer[0] = b'\n';
                1
            }
            other => other?,
        };
        self.row += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The lines on which the rows of `text` begin, with their first cells.
    fn starts(text: &[u8]) -> Vec<(u64, String)> {
        let mut lines = Lines::new(text);
        lines.header().unwrap();
        let mut starts = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            starts.push((line.number, String::from_utf8_lossy(&line.cells[0]).into_owned()));
        }
        starts
    }

    #[test]
    fn lines_are_counted_as_an_editor_counts_them() {
        let expected: Vec<_> =
            [(3, "one\ntwo"), (5, "three"), (8, "four")].map(|(n, s)| (n, s.to_owned())).into();
        let text = "a,b\n\n\"one\ntwo\",1\nthree,2\n\n\nfour,3";
        assert_eq!(starts(text.as_bytes()), expected);
        assert_eq!(starts(format!("{text}\n").as_bytes()), expected);
        assert_eq!(starts(format!("\u{feff}{text}\n\n").as_bytes()), expected);
        let text = text.replace('\n', "\r\n").replace("one\r\n", "one\n");
        assert_eq!(starts(text.as_bytes()), expected);
    }

    #[test]
    fn the_last_cell_loses_its_carriage_return_only() {
        let mut lines = Lines::new(&b"a,b\r\n1,\"x\ry\"\r\n"[..]);
        assert_eq!(lines.header().unwrap(), ["a", "b"]);
        assert_eq!(&lines.next().unwrap().unwrap().cells[1], b"x\ry");
    }

    #[test]
    fn an_open_quote_is_a_fault_of_the_line_it_is_on() {
        let mut lines = Lines::new(&b"a,b\n1,2\n3,\"4\n5,6\n7,8\n"[..]);
        lines.header().unwrap();
        assert!(lines.next().unwrap().unwrap().fault.is_none());
        let line = lines.next().unwrap().unwrap();
        assert_eq!((line.number, line.fault.is_some()), (3, true));
        assert!(lines.next().unwrap().is_none());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_to_their_end(bytes in "[a\",\r\n]{0,40}") {
            let mut lines = Lines::new(bytes.as_bytes());
            let count = bytes.bytes().filter(|byte| *byte == b'\n').count() as u64;
            if lines.header().is_ok() {
                let mut last = 0;
                while let Some(line) = lines.next().unwrap() {
                    prop_assert!(line.number > last && line.number <= count + 1);
                    last = line.number;
                }
            }
        }
    }
}
