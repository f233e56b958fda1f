//! What is PostgreSQL's own: how it is read, spelled, written and changed.

pub(crate) mod canon;
mod catalog;
pub(crate) mod reflect;
mod rows;
