//! What is SQLite's own: how it is read, spelled, written and changed.

pub(crate) mod apply;
pub(crate) mod canon;
pub(crate) mod ddl;
mod parse;
pub(crate) mod plan;
mod rebuild;
pub(crate) mod reflect;
