//! What is PostgreSQL's own: how it is read, spelled, written and changed.

pub(crate) mod apply;
pub(crate) mod canon;
mod catalog;
mod column;
pub(crate) mod ddl;
mod enumeration;
mod meanwhile;
pub(crate) mod plan;
pub(crate) mod reflect;
mod rows;
mod tokens;
