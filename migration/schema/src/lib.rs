//! What a database's schema is: read it, compare two, and plan the way from one to the other.
//!
//! Nothing here knows a revision or an entity. [`reflect()`] reads a [`Schema`] of SQLite or PostgreSQL;
//! [`compare()`] says in what two differ; a [`Plan`] is the way from one to the other and back, each
//! [`Operation`] with what it may cost; [`prove()`] tries it in a scratch database, and [`apply()`] carries
//! it out.

#![expect(clippy::format_push_string, reason = "statements are short, and read best so")]

mod apply;
mod canonical;
mod compare;
mod describe;
mod difference;
mod error;
mod model;
mod plan;
mod postgres;
mod prove;
mod reflect;
mod rename;
mod sqlite;
mod text;
mod unmanaged;

pub use apply::apply;
pub use compare::compare;
pub use difference::{Aspect, Comparison, Difference, Note, Sides};
pub use error::Error;
pub use model::{
    Action, Check, Column, Counter, Deferrable, Engine, Enumeration, ForeignKey, Generated, Index,
    Key, Over, Part, Schema, Table, Trigger, View,
};
pub use plan::{Operation, Plan, Safety, Step};
pub use prove::{prove, statements};
pub use reflect::reflect;
pub use rename::{ColumnRename, Fill, Hints, TableRename};
pub use sqlite::ddl::add_column;
pub use text::{Text, literal, quoted, quoted_list};
pub use unmanaged::Unmanaged;

/// Tables in which migrations note what was applied: no part of a schema. A pattern of LIKE, `\` escapes.
const BOOKKEEPING: &str = "seaql\\_migrations%";
