//! Which cell fills which column.

use std::borrow::Cow;

use csv::ByteRecord;
use sea_orm::{Value, prelude::Uuid};

use super::{
    ImportOptions, cell, list,
    sum::Sum,
    target::{Column, Otherwise, Target},
    template::Template,
    unusable,
};
use crate::{Error, Result, sky};

/// Where the value of each column that is written comes from.
pub(super) struct Plan(Vec<(usize, Source)>);

enum Source {
    Cell(usize),
    Sum(Sum),
    Template(Template),
    Constant(Value),
    Uuid,
    /// The cell of the sky that follows from two values further ahead in the row.
    Place {
        ra: usize,
        dec: usize,
    },
}

impl Plan {
    /// Fits the header of a file to a table.
    pub(super) fn new(target: &Target, header: &[String], options: &ImportOptions) -> Result<Self> {
        let mut plan = Self(Vec::new());
        // Headers that fill no column of their own name, and those that have some use.
        let mut renamed = vec![false; header.len()];
        for name in &options.ignore {
            let ignored = header.iter().position(|other| other == name);
            renamed[ignored.ok_or_else(|| no_header("ignore", name, header))?] = true;
        }
        for (name, sum) in &options.map {
            let column = column("map", target, name)?;
            let sum = Sum::parse(sum, header).map_err(|message| unusable("map", name, message))?;
            sum.cells().for_each(|cell| renamed[cell] = true);
            let source = sum.plain().map_or(Source::Sum(sum), Source::Cell);
            plan.fill(target, column, source)?;
        }
        let mut used = renamed.clone();
        for (name, text) in &options.set {
            let index = column("set", target, name)?;
            let unusable = |message| unusable("set", name, message);
            let template = Template::parse(text, header).map_err(unusable)?;
            template.cells().for_each(|cell| used[cell] = true);
            let source = match template.constant() {
                Some(text) => {
                    Source::Constant(value(&target.columns[index], text).map_err(unusable)?)
                }
                None => Source::Template(template),
            };
            plan.fill(target, index, source)?;
        }
        for (cell, name) in header.iter().enumerate().filter(|(cell, _)| !renamed[*cell]) {
            if let Some(column) = target.position(name) {
                plan.fill(target, column, Source::Cell(cell))?;
                used[cell] = true;
            }
        }
        let unknown =
            header.iter().zip(used).filter(|(_, used)| !used).map(|(name, _)| name.as_str());
        let unknown = list(unknown);
        if !unknown.is_empty() {
            let (table, columns) = (target.table, target.column_names());
            return Err(Error::invalid(
                "line 1",
                format!("`{table}` has no {unknown}: map them or ignore them; it has {columns}"),
            ));
        }
        plan.fill_the_rest(target)?;
        Ok(plan)
    }

    /// What is written when a file gives nothing: keys that we make, and an error where it must give
    /// something.
    fn fill_the_rest(&mut self, target: &Target) -> Result<()> {
        if let Some(place) = target.place {
            // What a file says of it may be of another time.
            self.0.retain(|(column, _)| *column != place.cell);
            if let (Some(ra), Some(dec)) = (self.cell_of(place.ra), self.cell_of(place.dec)) {
                self.0.push((place.cell, Source::Place { ra, dec }));
            }
        }
        let mut missing = Vec::new();
        for (index, column) in target.columns.iter().enumerate() {
            if self.cell_of(index).is_none() {
                match column.otherwise {
                    Otherwise::Engine => {}
                    Otherwise::Uuid => self.0.push((index, Source::Uuid)),
                    Otherwise::Nothing => missing.push(column.name),
                }
            }
        }
        if !missing.is_empty() {
            let message = format!("`{}` needs {}: map or set them", target.table, list(missing));
            return Err(Error::invalid("line 1", message));
        }
        if self.0.is_empty() {
            return Err(Error::invalid(
                "line 1",
                format!("nothing in it is of `{}`", target.table),
            ));
        }
        Ok(())
    }

    fn fill(&mut self, target: &Target, column: usize, source: Source) -> Result<()> {
        if self.cell_of(column).is_some() {
            let message =
                "it is filled twice; ignore its header, or leave out what maps or sets it";
            return Err(unusable("column", target.columns[column].name, message));
        }
        self.0.push((column, source));
        Ok(())
    }

    /// The columns that are written, in the order of a row's values.
    pub(super) fn columns(&self) -> impl ExactSizeIterator<Item = usize> {
        self.0.iter().map(|(column, _)| *column)
    }

    /// Where in a row the value of `column` stands, if it is written.
    pub(super) fn cell_of(&self, column: usize) -> Option<usize> {
        self.columns().position(|other| other == column)
    }

    /// Whether every row has a new value in `column`, made here.
    pub(super) fn makes(&self, column: usize) -> bool {
        self.0.iter().any(|(other, source)| *other == column && matches!(source, Source::Uuid))
    }

    /// The values of one row; `problem` hears of each that is invalid.
    pub(super) fn row(
        &self,
        target: &Target,
        cells: &ByteRecord,
        mut problem: impl FnMut(&str, String),
    ) -> Vec<Value> {
        let mut values = Vec::with_capacity(self.0.len());
        for (column, source) in &self.0 {
            let column = &target.columns[*column];
            let value = match source {
                Source::Place { ra, dec } => Ok(sky::cell_of(values.get(*ra), values.get(*dec))),
                source => source.value(column, cells),
            };
            match value {
                Ok(value) => values.push(value),
                Err(message) => problem(column.name, message),
            }
        }
        values
    }
}

impl Source {
    fn value(&self, column: &Column, cells: &ByteRecord) -> std::result::Result<Value, String> {
        let text = match self {
            Self::Constant(value) => return Ok(value.clone()),
            Self::Uuid => return Ok(Uuid::now_v7().into()),
            Self::Place { .. } => return Ok(Value::BigInt(None)),
            Self::Cell(cell) => Cow::Borrowed(text(cells, *cell)?),
            Self::Sum(sum) => Cow::Owned(sum.value(cells)?),
            Self::Template(template) => Cow::Owned(template.value(cells)?),
        };
        value(column, &text)
    }
}

/// The value of a column, of its text.
fn value(column: &Column, text: &str) -> std::result::Result<Value, String> {
    if text.is_empty() {
        return if column.nullable {
            Ok(column.kind.null())
        } else {
            Err("it is empty, and must not be".to_owned())
        };
    }
    let value = cell::value(column, text)?;
    column.check(&value)?;
    Ok(value)
}

/// The text of a cell.
pub(super) fn text(cells: &ByteRecord, cell: usize) -> std::result::Result<&str, String> {
    std::str::from_utf8(&cells[cell]).map_err(|_| "it is not UTF-8".to_owned())
}

fn column(option: &str, target: &Target, name: &str) -> Result<usize> {
    target.position(name).ok_or_else(|| {
        let message =
            format!("`{}` has no such column, but {}", target.table, target.column_names());
        unusable(option, name, message)
    })
}

fn no_header(option: &str, name: &str, header: &[String]) -> Error {
    let names = list(header.iter().map(String::as_str));
    unusable(option, name, format!("the file has no such header, but {names}"))
}
