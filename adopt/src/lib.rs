//! Taking over the SQLite files that the Python pipeline made: what a file is, and how it becomes one that the
//! revisions know, with every row, value, table, view, index and trigger still there.
//!
//! [`inspect`] only looks. [`adopt()`] works in one transaction: killed at any moment, it leaves the file as it was or
//! as it should be. What a table of an old shape becomes is said in `mapping`, a function for each shape.

mod adopt;
mod aside;
mod backfill;
mod canonical;
mod error;
mod extend;
mod file;
mod findings;
mod fit;
mod inspect;
mod mapping;
mod recognise;
mod report;
mod reshape;
mod signature;
mod sql;
mod unix;
mod verdict;

pub use adopt::{Options, adopt};
pub use error::{Error, Result};
pub use findings::{Duplicate, Findings, Orphans, Outside, Suspicion, Word};
pub use inspect::{Inspection, inspect};
pub use report::{AddedColumns, AddedIndex, Backfill, Broken, Outcome, Report, Reshaped, Unmapped};
pub use verdict::{Class, TableReport, Verdict};
