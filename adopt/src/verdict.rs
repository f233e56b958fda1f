//! What there is to say of a file and its tables.

use serde::Serialize;

/// What is to be done with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing: it is as the revisions make it, or was taken over.
    Canonical,
    /// It can be taken over.
    Adoptable,
    /// It can be taken over if tables may be made anew.
    NeedsReshape,
    /// It is not taken over.
    Refused,
    /// It holds nothing.
    Empty,
    /// There is no file.
    Missing,
}

/// What a table of a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// A revision made it so.
    Canonical,
    /// It lacks columns, indexes or constraints, and is kept.
    Additive,
    /// It has to be made anew.
    Reshape,
    /// It is none of the database's, and is left alone.
    Foreign,
    /// It has the name of a table of the database, and is another.
    Clash,
}

impl Class {
    /// The class in a word or two.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Canonical => "canonical",
            Self::Additive => "to be extended",
            Self::Reshape => "to be made anew",
            Self::Foreign => "not Almanac's",
            Self::Clash => "in the way",
        }
    }
}

/// What there is to say of a table of a file.
#[derive(Clone, Debug, Serialize)]
pub struct TableReport {
    /// Its name.
    pub table: String,
    /// What it is.
    pub class: Class,
    /// The newest revision of which it has all columns.
    pub revision: Option<String>,
    /// How many rows it has.
    pub rows: u64,
    /// Columns that it lacks.
    pub missing_columns: Vec<String>,
    /// Columns of its own.
    pub extra_columns: Vec<String>,
    /// Why it is what it is.
    pub reasons: Vec<String>,
}

impl TableReport {
    /// Of a table of which nothing else is known yet.
    pub(crate) fn new(table: &str, class: Class, revision: Option<String>) -> Self {
        Self {
            table: table.to_owned(),
            class,
            revision,
            rows: 0,
            missing_columns: Vec::new(),
            extra_columns: Vec::new(),
            reasons: Vec::new(),
        }
    }
}
