//! Schemas are read, compared and changed without one wrong answer, on both engines.

mod sqlite;
mod support;
