//! What is SQLite's own: how it is read, spelled, written and changed.

pub(crate) mod canon;
mod parse;
pub(crate) mod reflect;
