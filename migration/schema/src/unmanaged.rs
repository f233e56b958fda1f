//! What is there and out of scope: reported, never changed, never passed over in silence.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Something the database holds that is neither compared nor changed nor dropped.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unmanaged {
    /// What it is, such as `virtual table`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// The table it is a part of: that table is not rebuilt, which would lose it.
    pub table: Option<String>,
    /// The statement that makes it, where what is managed may need it: triggers call functions.
    pub definition: Option<String>,
}

impl Unmanaged {
    pub(crate) fn new(kind: &str, name: impl Into<String>) -> Self {
        Self { kind: kind.to_owned(), name: name.into(), table: None, definition: None }
    }

    pub(crate) fn of(self, table: impl Into<String>) -> Self {
        Self { table: Some(table.into()), ..self }
    }
}

impl fmt::Display for Unmanaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.name)?;
        match &self.table {
            Some(table) => write!(f, " of {table}"),
            None => Ok(()),
        }
    }
}
