//! What a database's schema is: read it, compare two, and plan the way from one to the other.
//!
//! Nothing here knows a revision or an entity. [`reflect()`] reads a [`Schema`] of SQLite or PostgreSQL.

mod canonical;
mod compare;
mod describe;
mod difference;
mod error;
mod model;
mod postgres;
mod reflect;
mod rename;
mod sqlite;
mod text;

pub use compare::compare;
pub use difference::{Aspect, Comparison, Difference, Note, Sides};
pub use error::Error;
pub use model::{
    Action, Check, Column, Counter, Deferrable, Engine, Enumeration, ForeignKey, Generated, Index,
    Key, Over, Part, Schema, Table, Trigger, Unmanaged, View,
};
pub use reflect::reflect;
pub use rename::{ColumnRename, Fill, Hints, TableRename};
pub use text::Text;

/// Tables in which migrations note what was applied: no part of a schema. A pattern of LIKE, `\` escapes.
const BOOKKEEPING: &str = "seaql\\_migrations%";
